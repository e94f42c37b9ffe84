/*
 * import_name_cell.c
 *		What a name in a cell says: something that the organization has, or that the import makes.
 */
#include "compat.h"

#include "utils/builtins.h"

#include "import/import_name_cell.h"
#include "import/import_new_names.h"
#include "import/import_problem.h"

static void
refuse_unknown_name(Import *import, const ImportColumn *column, NameKind kind, int64 parent)
{
	Names	   *names = names_of(import, kind);

	if (parent > 0 && find_name(names, ANY_PARENT, column->text, column->length) != NULL)
		refuse_cell(import, column, psprintf(_("the %s of that name is of another company"), name_kind_words(kind)), _("Correct the name, or that of the company."));
	else
		refuse_cell(import, column, psprintf(_("there is no %s of that name"), name_kind_words(kind)),
					hint_of_nearest(names, parent, column->text, column->length, _("Make it first, or correct the name.")));
}

static void
refuse_ambiguous_name(Import *import, const ImportColumn *column, NameKind kind)
{
	refuse_cell(import, column, psprintf(_("more than one %s is called so"), name_kind_words(kind)),
				kind == EMPLOYEE_NAMES ? _("Give initials or an e-mail address instead.") :
				kind == COMPANY_NAMES ? _("Merge them, or map a column to company_external_id.") :
				_("Give them different names, or leave the cell empty."));
}

/* Who is known elsewhere by an e-mail address is not made anew. */
static bool
is_made(Import *import, const ImportColumn *column, NameKind kind)
{
	return (import->options.creates & 1 << kind) != 0 &&
		!(kind == CONTACT_NAMES && memchr(column->text, '@', column->length) != NULL &&
		  find_name(names_of(import, kind), ANY_PARENT, column->text, column->length) != NULL);
}

/*
 * What the cell names, made where that is wanted; NULL when it is a problem, which has been said then, or when it would belong to
 * something that is not known.
 */
static Named *
look_up_name(Import *import, ImportColumn *column, NameKind kind, int64 parent)
{
	Named	   *named = find_name(names_of(import, kind), parent, column->text, column->length);

	/* a project or an opportunity may be nobody's */
	if (named == NULL && (kind == PROJECT_NAMES || kind == OPPORTUNITY_NAMES))
		named = find_name(names_of(import, kind), NO_PARENT, column->text, column->length);
	if (named == NULL && is_made(import, column, kind))
		named = new_name(import, kind, parent, column->text, column->length);
	if (named == NULL)
		refuse_unknown_name(import, column, kind, parent);
	else if (named->is_ambiguous)
		refuse_ambiguous_name(import, column, kind);
	else if (kind == OPPORTUNITY_NAMES && named->is_inactive)
		refuse_cell(import, column, _("the opportunity is deleted"),
					_("Bring it back with salesopp.restore_opportunities(), or leave the cell empty."));
	else
	{
		use_name(import, named);
		return named;
	}
	return NULL;
}

static bool
must_be_active(const ImportField *field)
{
	return field->names == LOSS_REASON_NAMES || field->names == SALES_PROCESS_NAMES || strcmp(field->name, "responsible") == 0;
}

static bool
belongs_to_company(NameKind kind)
{
	return kind == CONTACT_NAMES || kind == PROJECT_NAMES || kind == OPPORTUNITY_NAMES;
}

/* The company comes before what belongs to it: that is looked for there, or anywhere where none is known. */
static int64
parent_of(const Import *import, NameKind kind)
{
	int			company = find_field(import->record, "company");

	if (!belongs_to_company(kind))
		return NO_PARENT;
	return company >= 0 && has_value(import, company) ? DatumGetInt64(import->values[company]) : ANY_PARENT;
}

/* A contact or a project says whose it is. */
static void
take_company(Import *import, const Named *named)
{
	int			company = find_field(import->record, "company");

	if (company >= 0 && !has_value(import, company) && named->parent > 0)
		put_value(import, company, Int64GetDatum(named->parent));
}

/* Where the name of the company stands beside the id, that will do. */
static void
read_company_external_id(Import *import, ImportColumn *column)
{
	int			company = field_of(import->record, "company");
	Named	   *named = find_name(names_of(import, COMPANY_EXTERNAL_IDS), NO_PARENT, column->text, column->length);
	const ImportColumn *name = column_of(import, company);

	if (named != NULL)
		put_value(import, company, Int64GetDatum(named->id));
	else if (name == NULL || name->text == NULL)
		refuse_cell(import, column, _("there is no company with that external id"),
					_("Import the companies first, with salesopp.import_companies()."));
}

/* Who created or changed it is left open rather than refused. */
static bool
is_unknown_stamp(Import *import, const ImportColumn *column, const ImportField *field)
{
	if (!is_stamp(field) ||
		find_name(names_of(import, field->names), NO_PARENT, column->text, column->length) != NULL)
		return false;
	warn_of_cell(import, column, _("there is no employee of that name, and so nobody is named"), NULL);
	return true;
}

static void
read_group_value(Import *import, ImportColumn *column)
{
	Named	   *named = look_up_name(import, column, GROUP_VALUE_NAMES, column->group);

	if (named != NULL)
		import->group_values = lappend(import->group_values, named);
}

static void
read_field_name(Import *import, ImportColumn *column, const ImportField *field)
{
	Named	   *named;

	if (is_unknown_stamp(import, column, field))
		return;
	named = look_up_name(import, column, field->names, parent_of(import, field->names));
	if (named == NULL)
		return;
	if (named->is_inactive && must_be_active(field))
		refuse_cell(import, column, psprintf(_("the %s is not active"), name_kind_words(field->names)),
					_("Set is_active, at least for the time of the import, or give another."));
	put_value(import, column->field, Int64GetDatum(named->id));
	if (belongs_to_company(field->names))
		take_company(import, named);
}

void
read_name(Import *import, ImportColumn *column)
{
	const ImportField *field = &import->record->fields[column->field];

	if (column->group != 0)
		read_group_value(import, column);
	else if (field->names == COMPANY_EXTERNAL_IDS)
		read_company_external_id(import, column);
	/* the external id has said it already */
	else if (field->names != COMPANY_NAMES || !has_value(import, column->field))
		read_field_name(import, column, field);
}
