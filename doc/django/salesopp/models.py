"""What an application in Django (3.2 to 4.2) mostly needs of the schema salesopp; other tables go the same way.

Keys are (organization_id, id), and Django wants one column. Within the organization that working_for() has chosen the id
alone will do: row security leaves no others. So organization_id is not in the models, and the database fills it in.
"""
from contextlib import contextmanager
from copy import deepcopy

from django.db import connection, models, transaction
from django.db.models.expressions import Func


@contextmanager
def working_for(organization, employee=None):
    """A transaction for that organization; also around get_response() in a middleware."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('salesopp.organization_id', %s, true), set_config('salesopp.employee_id', %s, true)",
                           [str(organization), str(employee or "")])
        yield


class Changed(Exception):
    """Somebody else has changed the row since it was read."""


class Default(Func):
    template = "DEFAULT"
    arity = 0


def from_database(field, **options):
    """A field that an INSERT leaves to the database and that comes back with the row, as its default or from a trigger"""
    class FromDatabase(field):
        db_returning = True

        def deconstruct(self):
            name, _, arguments, keywords = super().deconstruct()
            return name, f"{field.__module__}.{field.__name__}", arguments, keywords
    return FromDatabase(default=Default, editable=False, **options)


def refers_to(model, **options):
    return models.ForeignKey(model, models.DO_NOTHING, db_constraint=False, null=True, blank=True, **options)


class Row(models.Model):
    id = models.BigAutoField(primary_key=True)
    created_at = from_database(models.DateTimeField)
    created_by = from_database(models.BigIntegerField, null=True)
    changed_at = from_database(models.DateTimeField)
    changed_by = from_database(models.BigIntegerField, null=True)

    class Meta:
        abstract = True

    def columns(self):
        deferred = self.get_deferred_fields()
        return {f.attname: getattr(self, f.attname) for f in self._meta.concrete_fields if f.attname not in deferred}

    def remember(self):
        self._read = deepcopy(self.columns())

    @classmethod
    def from_db(cls, db, field_names, values):
        row = super().from_db(db, field_names, values)
        row.remember()
        return row

    def refresh_from_db(self, *arguments, **options):
        super().refresh_from_db(*arguments, **options)
        self.remember()

    def save(self, **options):
        """Of a row that was read only what has been changed: to write all that was read would reopen an opportunity that
        somebody has closed since."""
        if not self._state.adding:
            changed = [name for name, value in self.columns().items() if self._read.get(name) != value]
            options.setdefault("update_fields", changed)
        super().save(**options)
        self.remember()


class Employee(Row):
    initials = models.TextField()
    name = models.TextField()
    email = models.TextField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        managed = False
        db_table = '"salesopp"."employee"'

    def __str__(self):
        return self.name


class Company(Row):
    name = models.TextField()
    phone = models.TextField(null=True, blank=True)
    email = models.TextField(null=True, blank=True)
    external_id = models.TextField(null=True, blank=True)

    class Meta:
        managed = False
        db_table = '"salesopp"."company"'

    def __str__(self):
        return self.name


class Opportunity(Row):
    status = from_database(models.TextField)
    subject = models.TextField()
    estimated_revenue = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    actual_revenue = models.DecimalField(max_digits=18, decimal_places=2, null=True, editable=False)
    progress = from_database(models.DecimalField, max_digits=5, decimal_places=2)
    priority = models.TextField(default="normal", choices=[(each, each) for each in ("low", "normal", "high")])
    decision_date = models.DateField(null=True, blank=True)
    close_date = models.DateField(null=True, editable=False)
    responsible = refers_to(Employee)
    company = refers_to(Company)
    note = models.TextField(null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    external_id = models.TextField(null=True, blank=True)
    version = from_database(models.IntegerField)

    class Meta:
        managed = False
        db_table = '"salesopp"."opportunity"'

    def __str__(self):
        return self.subject

    def save(self, **options):
        """Unless somebody else has changed it since."""
        if self._state.adding:
            return super().save(**options)
        with transaction.atomic():
            if not Opportunity.objects.select_for_update().filter(pk=self.pk, version=self.version).exists():
                raise Changed(f"opportunity {self.pk}")
            super().save(**options)
            self.refresh_from_db()

    def close_won(self, actual_revenue=None):
        self._call("salesopp.close_won(%s, actual_revenue => %s)", actual_revenue)

    def close_lost(self, loss_reason_id=None):
        self._call("salesopp.close_lost(%s, loss_reason_id => %s)", loss_reason_id)

    def reopen(self, note=None):
        self._call("salesopp.reopen(%s, %s)", note)

    def _call(self, function, *arguments):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT FROM {function}", [self.pk, *arguments])
        self.refresh_from_db()


class OpportunityList(models.Model):
    """The view: for reading, with names instead of ids"""
    id = models.BigIntegerField(primary_key=True)
    status = models.TextField()
    flag = models.TextField()
    subject = models.TextField()
    company = models.TextField(null=True)
    responsible = models.TextField(null=True)
    estimated_revenue = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    weighted_value = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    decision_date = models.DateField(null=True)
    decision_color = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = '"salesopp"."opportunity_list"'
