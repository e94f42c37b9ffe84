-- That an installed package works: run by the build of it, and where it is installed for trial.
\set ON_ERROR_STOP on
\set QUIET on
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Fjordlys AS');
INSERT INTO salesopp.opportunity (subject, estimated_revenue, sales_process_id) VALUES ('Heat pump', 800000, 1), ('Charging stations', 250000, 1);
SELECT status, actual_revenue FROM salesopp.close_won(1);
SELECT * FROM salesopp.summary();
-- with the libraries that it needs
SELECT length(salesopp.export_xlsx()) > 0 AS xlsx, length(salesopp.export_pdf()) > 0 AS pdf;
