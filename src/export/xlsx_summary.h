/*
 * xlsx_summary.h
 *		The summary of the list, with its chart, on a sheet of a workbook.
 */
#ifndef SALESOPP_XLSX_SUMMARY_H
#define SALESOPP_XLSX_SUMMARY_H

#include "export/list_export.h"
#include "export/workbook.h"

extern void add_summary_sheet(ExcelFile *excel, const ListExport *list);

#endif
