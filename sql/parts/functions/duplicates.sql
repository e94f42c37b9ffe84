-- Which rows may be the same company, contact or opportunity: pairs, to look at and to merge.

CREATE OR REPLACE FUNCTION salesopp.plain_name(name text, of_company boolean) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.plain_name(text, boolean) IS
	'What is the same of names that people take for one: without case, accents, punctuation and, of a company, its legal form';

CREATE OR REPLACE FUNCTION salesopp.name_likeness(plain_name text, other text) RETURNS real
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.name_likeness(text, text) IS
	'How alike two plain names are, from 0 to 1: the part of their trigrams that they share, as pg_trgm''s similarity()';

CREATE OR REPLACE FUNCTION salesopp.like_names(ids bigint[], scopes bigint[], plain_names text[], at_least real)
RETURNS TABLE (id bigint, other_id bigint, likeness real)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.like_names(bigint[], bigint[], text[], real) IS
	'Which names are alike, among those of the same scope: pairs of ids, the lower one first; of names that are the same, each with the first';

CREATE OR REPLACE FUNCTION salesopp.find_duplicates(kind text, at_least real DEFAULT 0.6)
RETURNS TABLE (id bigint, name text, other_id bigint, other_name text, likeness real, reasons text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	-- what more than so many have is nobody's own: a switchboard, the mailbox of a building, somebody's provider
	most_sharing constant integer := 10;
	-- that everybody can have a mailbox at: the first part of the domain, whatever the country
	providers constant text[] := '{126,163,aim,aol,att,bellsouth,bigpond,bluewin,bredband,broadpark,btinternet,charter,comcast,comhem,cox,
		earthlink,fastmail,frisurf,freemail,freenet,free,getmail,gmail,gmx,googlemail,hotmail,hushmail,icloud,inbox,interia,juno,laposte,
		libero,live,lycos,lyse,mac,mail,me,msn,naver,ntlworld,o2,online,orange,outlook,passport,pm,posteo,proton,protonmail,qq,rambler,
		rediffmail,rocketmail,sbcglobal,seznam,sfr,shaw,sina,sky,spray,start,sympatico,t-online,talktalk,telenet,telia,tiscali,tuta,
		tutanota,uol,verizon,virgilio,virginmedia,wanadoo,web,wp,yahoo,yandex,yeah,ymail,ziggo,zoho}';
BEGIN
	PERFORM salesopp.require(kind IN ('company', 'contact', 'opportunity'),
		'22023', 'unknown kind of duplicates: %L', 'Pass company, contact or opportunity.', kind);
	PERFORM salesopp.require(at_least BETWEEN 0.3 AND 1,
		'22023', 'names cannot be alike by %s', 'Pass a likeness from 0.3 to 1.', COALESCE(at_least::text, 'NULL'));
	RETURN QUERY
	WITH item AS MATERIALIZED (
		SELECT i.*, salesopp.plain_name(i.name, find_duplicates.kind = 'company') AS plain_name
		FROM (
			SELECT c.id, 0::bigint AS scope, c.name, ARRAY[c.email] AS mails, ARRAY[c.phone] AS phones
			FROM salesopp.company c
			WHERE find_duplicates.kind = 'company' AND c.organization_id = organization
			UNION ALL
			-- people of other companies have the same names
			SELECT c.id, c.company_id, concat_ws(' ', c.first_name, c.last_name), ARRAY[c.email], ARRAY[c.mobile, c.direct_phone]
			FROM salesopp.contact c
			WHERE find_duplicates.kind = 'contact' AND c.organization_id = organization
			UNION ALL
			-- so have things that other companies want, and what was decided counts no more
			SELECT o.id, COALESCE(o.company_id, 0), o.subject, NULL, NULL
			FROM salesopp.opportunity o
			WHERE find_duplicates.kind = 'opportunity' AND o.organization_id = organization AND o.status = 'open' AND o.deleted_at IS NULL
		) i
	), mail AS MATERIALIZED (
		SELECT i.id, lower(substring(given.mail FROM '[^[:space:]<>()",:;]+@[^[:space:]<>()",:;]+')) AS mail
		FROM item i, unnest(i.mails) given (mail)
	), phone AS MATERIALIZED (
		-- the first number that stands there, without what is dialled only from some places
		SELECT i.id, ltrim(regexp_replace(regexp_replace(regexp_replace(digits.digits, '^00|^\+(?=0)', '+'),
			'^(\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|(2[1-689]|3[578]|42|5[09]|6[7-9]|8[035789]|9[679])\d)|1(?=\d{10}$))', ''), '\D', '', 'g'), '0') AS phone
		FROM item i, unnest(i.phones) given (phone),
			regexp_replace(substring(given.phone FROM '[+0-9](?:[^[:alpha:]/;,0-9+]*[0-9])*'), '[^0-9+]', '', 'g') digits (digits)
	), value AS (
		SELECT m.id, 'email' AS reason, m.mail AS value FROM mail m WHERE m.mail IS NOT NULL
		UNION ALL
		SELECT m.id, 'domain', split_part(m.mail, '@', 2) FROM mail m
		WHERE find_duplicates.kind = 'company' AND split_part(split_part(m.mail, '@', 2), '.', 1) <> ALL (providers)
		UNION ALL
		-- not what is typed where a number is demanded
		SELECT p.id, 'phone', p.phone FROM phone p
		WHERE length(p.phone) >= 6 AND p.phone !~ '^(\d)\1*$' AND p.phone NOT IN ('123456', '1234567', '12345678', '123456789', '1234567890')
	), pair AS (
		SELECT n.id, n.other_id, CASE find_duplicates.kind WHEN 'opportunity' THEN 'subject' ELSE 'name' END AS reason
		FROM salesopp.like_names(ARRAY(SELECT i.id FROM item i ORDER BY i.id), ARRAY(SELECT i.scope FROM item i ORDER BY i.id),
			ARRAY(SELECT i.plain_name FROM item i ORDER BY i.id), at_least) n
		UNION ALL
		SELECT a.id, b.id, shared.reason
		FROM (
			SELECT v.reason, array_agg(DISTINCT v.id) AS ids
			FROM value v
			GROUP BY v.reason, v.value
			HAVING count(DISTINCT v.id) BETWEEN 2 AND most_sharing
		) shared, unnest(shared.ids) a (id), unnest(shared.ids) b (id)
		WHERE a.id < b.id
	), found AS (
		SELECT p.id, p.other_id, array_agg(DISTINCT p.reason) AS reasons
		FROM pair p
		GROUP BY p.id, p.other_id
	)
	SELECT f.id, i.name, f.other_id, o.name, l.likeness, l.reasons
	FROM found f
	JOIN item i ON i.id = f.id
	JOIN item o ON o.id = f.other_id
	CROSS JOIN LATERAL (
		SELECT CASE WHEN replace(i.plain_name, ' ', '') = replace(o.plain_name, ' ', '') THEN 1
				ELSE salesopp.name_likeness(i.plain_name, o.plain_name) END AS likeness,
			CASE WHEN 'email' = ANY (f.reasons) THEN array_remove(f.reasons, 'domain') ELSE f.reasons END AS reasons) l
	ORDER BY cardinality(l.reasons) DESC, l.likeness DESC, f.id, f.other_id;
END;
$$;
COMMENT ON FUNCTION salesopp.find_duplicates(text, real) IS
	'Pairs of companies, contacts or open opportunities that may be the same, with the reasons: name or subject, email, phone, domain; those with most reasons first';
