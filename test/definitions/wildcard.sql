-- F9.7 defined once more, character by character as it says, in terms of regular expressions: what the tests
-- compare salesopp.matches(value, pattern) with is
--     wildcard.folded(value) ~ wildcard.expression(pattern)
-- The texts stand in ASCII, for databases of all encodings.
CREATE SCHEMA wildcard;
GRANT USAGE ON SCHEMA wildcard TO PUBLIC;

-- in lower case; in UTF-8 also composed, and with one sigma
CREATE FUNCTION wildcard.folded(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF getdatabaseencoding() = 'UTF8' THEN
		RETURN translate(lower(normalize(value)), chr(962), chr(963));
	END IF;
	RETURN lower(value);
END;
$$;

CREATE FUNCTION wildcard.expression(pattern text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	folded constant text := wildcard.folded(pattern);
	result text := '';
	has_wildcard boolean := false;
	i integer := 1;
	c text;
BEGIN
	WHILE i <= length(folded) LOOP
		c := substr(folded, i, 1);
		IF c = '%' THEN
			has_wildcard := true;
			result := result || '.*';
		ELSE
			IF c = '\' AND substr(folded, i + 1, 1) IN ('%', '\') THEN
				i := i + 1;
				c := substr(folded, i, 1);
			END IF;
			-- what means something in an expression stands for itself
			result := result || CASE WHEN strpos('\.*+?()[]{}^$|', c) > 0 THEN '\' || c ELSE c END;
		END IF;
		i := i + 1;
	END LOOP;
	-- without a wildcard it may stand anywhere
	RETURN CASE WHEN has_wildcard THEN '^' || result || '$' ELSE result END;
END;
$$;
