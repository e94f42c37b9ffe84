/*
 * stored_text.h
 *		The form in which texts are stored.
 */
#ifndef SALESOPP_STORED_TEXT_H
#define SALESOPP_STORED_TEXT_H

#include "table/row.h"

extern void put_texts_into_form(Row *row, const Row *old, bool is_loading);

#endif
