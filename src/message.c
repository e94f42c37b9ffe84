/*
 * message.c
 *		Which catalog messages are looked up in.
 */
#include "compat.h"

#include "miscadmin.h"

/*
 * Its name. Each process binds it at its first message, and not when the library is loaded: that may be in the postmaster,
 * where it is not known yet in which encoding the database wants its texts.
 */
const char *
message_catalog(void)
{
	static const char *const name = PG_TEXTDOMAIN("salesopp");
	static int	bound_by = 0;

	if (bound_by != MyProcPid)
	{
		bound_by = MyProcPid;
		pg_bindtextdomain(name);
	}
	return name;
}
