/*
 * opportunity_state.h
 *		What is said when an opportunity does not take a change.
 */
#ifndef SALESOPP_OPPORTUNITY_STATE_H
#define SALESOPP_OPPORTUNITY_STATE_H

#include "postgres.h"

#include "compat.h"
#include "enum_labels.h"

pg_noreturn extern void refuse_closed(int64 opportunity_id, OpportunityStatus status);
pg_noreturn extern void refuse_deleted(int64 opportunity_id);
pg_noreturn extern void refuse_status(int64 opportunity_id, OpportunityStatus status);

#endif
