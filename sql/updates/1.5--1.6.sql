-- What a database of 1.5 needs beside the parts that replace what is there. Run twice, it does nothing more.

-- Without it, each employee who goes has all activities looked through.
CREATE INDEX IF NOT EXISTS activity_responsible ON salesopp.activity (organization_id, responsible_id)
	WHERE responsible_id IS NOT NULL;
