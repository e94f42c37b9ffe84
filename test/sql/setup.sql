-- The extension, in the database that all tests share.
SET client_min_messages = warning;
CREATE EXTENSION salesopp CASCADE;
