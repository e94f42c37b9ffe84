-- What a database of 1.4 needs beside the parts that replace what is there. Run twice, it does nothing more.

ALTER TABLE salesopp.organization ADD COLUMN IF NOT EXISTS fenced_at timestamptz;
CREATE SEQUENCE IF NOT EXISTS salesopp.organization_end_of_ids START 9223372036854775807;
