/*
 * stream_digest.c
 *		The digest of lines of a stream, whatever order they come in.
 *
 * It is the sum of the SHA-256 of the lines in UTF-8, as numbers of 256 bits, so that a line that is missing, twice or other than it was
 * shows. The state is that sum, the most significant byte first.
 */
#include "compat.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(stream_digest_add);

static void
add_number(uint8 *sum, const uint8 *number)
{
	unsigned int carry = 0;

	for (int i = PG_SHA256_DIGEST_LENGTH - 1; i >= 0; i--)
	{
		carry += sum[i] + number[i];
		sum[i] = (uint8) carry;
		carry >>= 8;
	}
}

static void
hash_line(const text *line, uint8 *digest)
{
	int			length = VARSIZE_ANY_EXHDR(line);
	char	   *bytes = pg_server_to_any(VARDATA_ANY(line), length, PG_UTF8);
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);

	if (bytes != VARDATA_ANY(line))
		length = strlen(bytes);
	if (hash == NULL || pg_cryptohash_init(hash) < 0 ||
		pg_cryptohash_update(hash, (const uint8 *) bytes, length) < 0 ||
		pg_cryptohash_final(hash, digest, PG_SHA256_DIGEST_LENGTH) < 0)
		elog(ERROR, "could not compute a digest: %s", pg_cryptohash_error(hash));
	pg_cryptohash_free(hash);
	if (bytes != VARDATA_ANY(line))
		pfree(bytes);
}

/* stream_digest_add(digest, line): in an aggregate the state is changed in place. */
Datum
stream_digest_add(PG_FUNCTION_ARGS)
{
	bytea	   *sum = AggCheckCallContext(fcinfo, NULL) ? PG_GETARG_BYTEA_P(0) : PG_GETARG_BYTEA_P_COPY(0);
	uint8		digest[PG_SHA256_DIGEST_LENGTH];

	if (VARSIZE(sum) - VARHDRSZ != PG_SHA256_DIGEST_LENGTH)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the digest of a stream has 32 bytes, not %d", (int) (VARSIZE(sum) - VARHDRSZ)),
				errhint("Call salesopp.stream_digest()."));
	hash_line(PG_GETARG_TEXT_PP(1), digest);
	add_number((uint8 *) VARDATA(sum), digest);
	PG_RETURN_BYTEA_P(sum);
}
