CREATE TYPE salesopp.opportunity_status AS ENUM ('open', 'won', 'lost');
COMMENT ON TYPE salesopp.opportunity_status IS 'Outcome of an opportunity; open: not decided yet';

CREATE TYPE salesopp.stage_status AS ENUM ('pending', 'completed', 'cancelled');
COMMENT ON TYPE salesopp.stage_status IS 'How far one stage of an opportunity has come';

CREATE TYPE salesopp.progress_method AS ENUM ('automatic', 'manual');
COMMENT ON TYPE salesopp.progress_method IS 'Whether progress follows the completed stages or is typed';

CREATE TYPE salesopp.priority AS ENUM ('low', 'normal', 'high');
COMMENT ON TYPE salesopp.priority IS 'Priority of an opportunity';

CREATE TYPE salesopp.color AS ENUM ('red', 'yellow', 'green', 'blue', 'black', 'gray');
COMMENT ON TYPE salesopp.color IS 'Colour in which a flag, a date or a stage is shown';

CREATE TYPE salesopp.activity_kind AS ENUM ('call', 'appointment', 'meeting', 'task', 'note',
	'email_in', 'email_out', 'document', 'case', 'sms');
COMMENT ON TYPE salesopp.activity_kind IS 'Type of a follow-up';

CREATE TYPE salesopp.custom_field_type AS ENUM ('text', 'number', 'date', 'boolean', 'choice');
COMMENT ON TYPE salesopp.custom_field_type IS 'Type of the values of a custom field';

CREATE TYPE salesopp.gender AS ENUM ('female', 'male', 'other');
COMMENT ON TYPE salesopp.gender IS 'Gender mark of a contact';

CREATE TYPE salesopp.history_origin AS ENUM ('recorded', 'baseline', 'reconstructed', 'imported');
COMMENT ON TYPE salesopp.history_origin IS
	'How a row of history came to be: recorded with the change, what was there when recording began, made up from what was known then, or brought along';

CREATE TYPE salesopp.forecast_category AS ENUM ('omitted', 'pipeline', 'best_case', 'commit', 'closed');
COMMENT ON TYPE salesopp.forecast_category IS
	'How an opportunity counts in a forecast: not at all, as possible, as likely, as promised, or as won';

CREATE TYPE salesopp.pipeline_totals AS (
	won_opportunities bigint,
	won_estimated_revenue numeric,
	won_pipeline numeric,
	won_highest numeric,
	open_opportunities bigint,
	open_estimated_revenue numeric,
	open_pipeline numeric,
	open_highest numeric,
	lost_opportunities bigint,
	lost_estimated_revenue numeric,
	lost_pipeline numeric,
	lost_highest numeric,
	total_opportunities bigint,
	total_estimated_revenue numeric,
	total_pipeline numeric,
	total_highest numeric
);
COMMENT ON TYPE salesopp.pipeline_totals IS
	'Number, estimated revenue, pipeline and highest sale of won, open, lost and all opportunities';
