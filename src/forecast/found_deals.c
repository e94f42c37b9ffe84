/*
 * found_deals.c
 *		The deals of a forecast, found by criteria.
 */
#include "compat.h"

#include "executor/spi.h"
#include "miscadmin.h"

#include "forecast/found_deals.h"
#include "search/criteria.h"

enum
{
	STATUS, ESTIMATED_REVENUE, ACTUAL_REVENUE, PROGRESS, N_SELECTED
};

typedef struct DealReceiver
{
	DestReceiver pub;
	MemoryContext context;		/* of the state */
	ForecastState *state;
} DealReceiver;

static bool
receive_deal(TupleTableSlot *slot, DestReceiver *self)
{
	DealReceiver *receiver = (DealReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);
	NullableDatum values[N_SELECTED];
	Deal		deal = {
		.estimated_revenue = &values[ESTIMATED_REVENUE],
		.actual_revenue = &values[ACTUAL_REVENUE],
		.progress = &values[PROGRESS]
	};

	CHECK_FOR_INTERRUPTS();
	slot_getallattrs(slot);
	for (int i = 0; i < N_SELECTED; i++)
	{
		values[i].value = slot->tts_values[i];
		values[i].isnull = slot->tts_isnull[i];
	}
	deal.status = enum_position(&opportunity_status_labels, DatumGetObjectId(values[STATUS].value));
	receiver->state = add_deal(receiver->state, &deal);
	MemoryContextSwitchTo(old);
	return true;
}

static void
start_deals(DestReceiver *self, int operation, TupleDesc desc)
{
	enum_labels_lookup(&opportunity_status_labels, TupleDescAttr(desc, STATUS)->atttypid);
}

static void
end_deals(DestReceiver *self)
{
}

ForecastState *
find_deals(Jsonb *criteria, const Question *question)
{
	DealReceiver receiver = {
		.pub = {receive_deal, start_deals, end_deals, end_deals, DestNone},
		.context = CurrentMemoryContext,
		.state = make_forecast_state()
	};
	SearchQuery query;

	note_question(receiver.state, question);
	SPI_connect();
	start_query(&query);
	appendStringInfoString(&query.sql, "SELECT o.status, o.estimated_revenue, o.actual_revenue, o.progress");
	add_opportunities(&query, "", criteria);
	run_query(&query, &receiver.pub);
	SPI_finish();
	return receiver.state;
}
