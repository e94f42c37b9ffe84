"""Prints TAP: the models have the columns as the database has them, and what ORMs are known to stumble over."""
import django

django.setup()

from django.apps import apps
from django.db import DatabaseError, connections, models, transaction
from django.forms import modelform_factory
from salesopp.models import Changed, Employee, Opportunity, OpportunityList, working_for


def check(name, got, expected):
    print("ok -" if got == expected else "not ok -", name)
    if got != expected:
        print(f"# got {got!r}\n# expected {expected!r}")


def refused(work):
    """The SQLSTATE that it ends with"""
    try:
        with transaction.atomic():
            work()
    except DatabaseError as error:
        return error.__cause__.diag.sqlstate
    return None


introspection = connections["in_path"].introspection
wrong = []
with connections["in_path"].cursor() as cursor:
    for model in apps.get_app_config("salesopp").get_models():
        is_view = model is OpportunityList
        table = {c.name: c for c in introspection.get_table_description(cursor, model._meta.db_table.split('"')[3])}
        for field in model._meta.concrete_fields:
            column = table[field.column]
            kind = introspection.get_field_type(column.type_code, column) if column.type_code in introspection.data_types_reverse else "TextField"
            mapped = field.target_field if field.is_relation else field
            if {"BigAutoField": "BigIntegerField"}.get(mapped.get_internal_type(), mapped.get_internal_type()) != \
                    {"BigAutoField": "BigIntegerField"}.get(kind, kind) or not is_view and field.null != column.null_ok:
                wrong.append((model.__name__, field.name, kind, column.null_ok))
check("every field is a column of its type, which may be NULL or not", wrong, [])

with working_for(1, 1):
    Opportunity.objects.bulk_create(Opportunity(subject=f"Bulk {i}", responsible_id=1) for i in range(500))
    check("500 in one go", Opportunity.objects.filter(subject__startswith="Bulk", status="open", priority="normal").count(), 500)
    check("counted by what refers to it", Employee.objects.annotate(n=models.Count("opportunity")).get(id=1).n >= 500, True)
    check("labels of enums in a list", Opportunity.objects.filter(status__in=["won", "lost"]).count(), 2)
    check("a label that there is not is refused", refused(lambda: Opportunity.objects.filter(id=1).update(priority="urgent")), "22P02")

    deal = Opportunity.objects.get(id=1)
    form = modelform_factory(Opportunity, fields=["subject", "priority", "responsible", "custom", "note"])(
        {"subject": "From a form", "priority": "high", "responsible": "", "custom": "{}", "note": ""}, instance=deal)
    form.save()
    check("a form saves, and the stamps come back", (deal.version, deal.changed_by, Opportunity.objects.get(id=1).responsible), (2, 1, None))
    with_form = modelform_factory(Opportunity, fields=["subject", "priority"])({"subject": "New from a form", "priority": "low"})
    check("a form makes a new one", (with_form.save().status, with_form.instance.version), ("open", 1))
    deal.custom["colour"] = "blue"
    check("a custom value that nobody has defined is refused, also where it was put into what was read", refused(deal.save), "23514")
    del deal.custom["colour"]
    deal.save()
    check("to save what was not changed writes nothing", Opportunity.objects.get(id=1).version, 2)

    part = Opportunity.objects.only("subject", "version").get(id=1)
    part.subject = "Part of it"
    part.save()
    check("what was read in part is saved", Opportunity.objects.get(id=1).subject, "Part of it")

    kari = Employee.objects.get(id=1)
    kari.name = "Kari Moe"
    check("a seller does not change employees", refused(kari.save), "42501")

with working_for(1, 1):
    stale = Opportunity.objects.get(id=2)
with working_for(1, 1):
    Opportunity.objects.get(id=2).close_won()
with working_for(1, 1):
    stale.note = "Call them"
    try:
        stale.save()
    except Changed:
        pass
    check("who saves what was open is no way to reopen it", Opportunity.objects.get(id=2).status, "won")

with working_for(2):
    check("another organization has none of it", (Opportunity.objects.count(), Opportunity.objects.filter(id=1).exists()), (0, False))
    check("and may refer to none of it", refused(lambda: Opportunity.objects.create(subject="Theirs", responsible_id=1)), "23503")
check("who chooses no organization sees nothing", Opportunity.objects.count(), 0)
