/*
 * finish.h
 *		What follows from the fields of a row, for each kind of record.
 */
#ifndef SALESOPP_FINISH_H
#define SALESOPP_FINISH_H

#include "import/import.h"

extern void finish_opportunity(Import *import);
extern void finish_company(Import *import);
extern void finish_contact(Import *import);
extern void finish_employee(Import *import);
extern void finish_project(Import *import);
extern void finish_activity(Import *import);

/* Of every record, at last. */
extern void finish_record(Import *import);

#endif
