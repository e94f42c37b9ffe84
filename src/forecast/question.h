/*
 * question.h
 *		What is asked of a forecast, as arguments say it.
 */
#ifndef SALESOPP_QUESTION_H
#define SALESOPP_QUESTION_H

#include "compat.h"

#include "forecast/forecast_state.h"

/* Each leaves the question as it is where the argument is NULL. */
extern void ask_quota(Question *question, FunctionCallInfo fcinfo, int argument);
extern void ask_quantile(Question *question, FunctionCallInfo fcinfo, int argument);
extern void ask_correlation(Question *question, FunctionCallInfo fcinfo, int argument);

#endif
