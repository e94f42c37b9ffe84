-- What users are told, in the language of lc_messages. The translations are in po/.

CREATE OR REPLACE FUNCTION salesopp.message(english text) RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.message(text) IS
	'A message of this extension in the language of lc_messages, or as it is where there is no translation';

-- The message and the hint are looked up when the error is raised.
CREATE OR REPLACE FUNCTION salesopp.require(condition boolean, sqlstate text, message text, hint text) RETURNS void
LANGUAGE C STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.require(boolean, text, text, text) IS
	'Raises an error unless the condition is true';

CREATE OR REPLACE FUNCTION salesopp.require(condition boolean, sqlstate text, message text, hint text, VARIADIC about "any") RETURNS void
LANGUAGE C STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.require(boolean, text, text, text, "any") IS
	'Raises an error unless the condition is true; what it is about goes into the message as format() does it';
