-- What a database of 1.5 needs beside the parts that replace what is there. Run twice, it does nothing more.

-- Without it, each employee who goes has all activities looked through.
CREATE INDEX IF NOT EXISTS activity_responsible ON salesopp.activity (organization_id, responsible_id)
	WHERE responsible_id IS NOT NULL;

-- Whether an organization is fenced, and up to which id this server gives them to new ones
ALTER TABLE salesopp.organization ADD COLUMN IF NOT EXISTS fenced_at timestamptz;
CREATE SEQUENCE IF NOT EXISTS salesopp.organization_end_of_ids START 9223372036854775807;
