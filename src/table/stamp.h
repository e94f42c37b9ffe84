/*
 * stamp.h
 *		Who created and last changed a row, and when; the rules that every table shares.
 */
#ifndef SALESOPP_STAMP_H
#define SALESOPP_STAMP_H

#include "datatype/timestamp.h"

#include "table/row.h"

typedef struct StampColumns
{
	Oid			relid;
	AttrNumber	organization_id;
	AttrNumber	id;				/* invalid where the table has a natural key */
	AttrNumber	created_at;
	AttrNumber	created_by;
	AttrNumber	changed_at;		/* invalid, as changed_by is, where rows do not change */
	AttrNumber	changed_by;
	bool		bypasses_row_security;
	bool		gives_stamps;	/* of new rows */
	TimestampTz (*instant) (void);	/* of what the transaction writes now */
} StampColumns;

/*
 * Says of a column whether a row may differ in it. What is handed to it is the beginning of the caller's own
 * struct, if its columns begin with a StampColumns.
 */
typedef bool (*ColumnTest) (const StampColumns *columns, AttrNumber column);

extern void find_stamp_columns(StampColumns *columns, Relation rel);
extern bool bypasses_row_security(Oid relid);
extern bool is_loading(const StampColumns *columns);
extern void stamp_inserted(const StampColumns *columns, Row *row);
extern void stamp_updated(const StampColumns *columns, Row *row, const Row *old);
extern bool differs_beyond(const StampColumns *columns, const Row *row, const Row *old, ColumnTest may_differ);
extern void keep_stamps(const StampColumns *columns, Row *row, const Row *old);

#endif
