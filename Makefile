# The version stands in salesopp.control.
EXTENSION = salesopp
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" salesopp.control)

# The install script is these parts, in this order. Those of TABLES can run only once. The others replace what
# is there: so the script that updates from the version before is FOUNDATION, then what is written by hand
# in sql/updates/ for the tables that exist, then REPLACEABLE. Both scripts are built.
FOUNDATION = foundation/nodes foundation/members foundation/called_by_tables
TABLES = $(addprefix tables/,directory process opportunity history bulk_change trade activity custom merge_event quota saved_search)
REPLACEABLE = rules/messages rules/custom_values whole_schema/table_comments whole_schema/statistics functions/colors functions/pipeline \
	rules/triggers $(addprefix functions/,moving lifecycle bulk undo records trade merge duplicates staging organization_stream organization_erasure) views/lists functions/customer views/reports \
	views/history views/progress functions/search $(addprefix functions/,stage_times reports history_figures history_keeping change_feed forecast chances quotas) \
	whole_schema/column_comments functions/exports functions/report functions/import functions/openapi functions/elsewhere functions/distributed_tables whole_schema/security whole_schema/dump
PARTS = foundation/schema foundation/types $(FOUNDATION) $(TABLES) $(REPLACEABLE)
UPDATE = $(notdir $(basename $(wildcard sql/updates/*--$(EXTVERSION).sql)))
# SCRIPTS would be programs to PGXS, which it puts into bin/.
NEWEST = sql/salesopp--$(EXTVERSION).sql $(UPDATE:%=sql/salesopp--%.sql)
# Scripts that were released stay as they were.
RELEASED = sql/salesopp--1.0.sql sql/salesopp--1.1.sql sql/salesopp--1.2.sql sql/salesopp--1.3.sql sql/salesopp--1.4.sql sql/salesopp--1.5.sql sql/salesopp--1.6.sql sql/salesopp--1.7.sql \
	sql/salesopp--1.0--1.1.sql sql/salesopp--1.1--1.2.sql sql/salesopp--1.2--1.3.sql sql/salesopp--1.3--1.4.sql sql/salesopp--1.4--1.5.sql sql/salesopp--1.5--1.6.sql sql/salesopp--1.6--1.7.sql

MODULE_big = salesopp
OBJS = $(patsubst %.c,%.o,$(wildcard src/*.c src/*/*.c))
# Excel workbooks, PDF documents, and text in them that is written from right to left
SHLIB_LINK = -lxlsxwriter -lhpdf -lfribidi
DATA_built = $(filter-out $(RELEASED),$(NEWEST))
DATA = $(RELEASED) sql/salesopp--1.0.control

# "setup" creates the extension in the database that the others use, "helpers" what they look with.
REGRESS = setup helpers pipeline forecast forged color progress directory lifecycle fence history correct closed competitor security hostile issues \
	catalog bulk reassign merge duplicates staging load_file records references trade numbers moving custom custom_names views reports \
	history_stages wildcard seen criteria search lists history_figures history_keeping chances quotas undo organization_stream import round_trip exports svg history_svg report openapi isolation rights
REGRESS_OPTS = --inputdir=test
ISOLATION = iso_attach iso_bulk iso_close iso_custom iso_delete iso_feed iso_fence iso_history iso_import iso_merge iso_numbers iso_organization iso_part iso_progress iso_quota iso_snapshot \
	iso_stage iso_undo iso_unique
ISOLATION_OPTS = --inputdir=test --outputdir=. --load-extension=pg_trgm --load-extension=btree_gin --load-extension=salesopp
TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl

PG_CPPFLAGS = -Isrc -DSALESOPP_VERSION='"$(EXTVERSION)"'
# PostgreSQL's own headers and style do not go with these three.
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
# Without PostgreSQL's headers there is nothing to build with yet; "demo" and "test" install them.
ifneq ($(wildcard $(PGXS)),)
include $(PGXS)

$(OBJS): $(wildcard src/*.h src/*/*.h)

# PostgreSQL's own way with loops over numbers; it is where a forecast takes its time.
src/forecast/lattice.o: CFLAGS += $(CFLAGS_VECTORIZE) $(CFLAGS_UNROLL_LOOPS)

part_files = $(patsubst %,sql/parts/%.sql,$(1))
# What is run by mistake with psql says how it is meant.
guarded = { printf '%s\n\n' '\echo Use "$(1) EXTENSION salesopp$(2)" to load this file. \quit'; cat $(3); } > $@

sql/salesopp--$(EXTVERSION).sql: salesopp.control Makefile $(call part_files,$(PARTS))
	$(call guarded,CREATE,,$(call part_files,$(PARTS)))

sql/salesopp--%--$(EXTVERSION).sql: sql/updates/%--$(EXTVERSION).sql salesopp.control Makefile $(call part_files,$(FOUNDATION) $(REPLACEABLE))
	$(call guarded,ALTER, UPDATE,$(call part_files,$(FOUNDATION)) $< $(call part_files,$(REPLACEABLE)))
else
all install installcheck:
	@echo "$(PG_CONFIG) names no PostgreSQL with server headers; set PG_CONFIG, or install them" >&2; exit 1
.PHONY: all install installcheck
endif

help:
	@echo "make, make install, make installcheck   build, install, test against a running server"
	@echo "make demo        sample organization on a private server; then demo-psql, demo-stop"
	@echo "make test        all tests, on private servers"
	@echo "make test-real   only the checks on real data"
	@echo "make test-clients   ORMs, poolers and other programs, as far as they are here; SALESOPP_INSTALL_CLIENTS=yes gets them"
	@echo "make test-citus   the tables on several servers; PG_CONFIG= of a PostgreSQL that has Citus"
	@echo "make bench-citus   what they cost beside one server; ROWS= scales it"
	@echo "make test-versions   all tests on PostgreSQL 15, 17 and 18, in Debian releases that carry them"
	@echo "make test-sanitized   tests with AddressSanitizer and UndefinedBehaviorSanitizer in the library"
	@echo "make fuzz        hostile statements, calls and inputs at volume; SALESOPP_FUZZ_CALLS= and others scale it"
	@echo "make messages    brings po/nb.po up to date with the messages of src/ and sql/"
	@echo "make lint        what cppcheck and clang-tidy find in src/"
	@echo "make coverage    all tests, and which lines of src/ they run"
	@echo "make deb         Debian packages for the PostgreSQL servers that are installed, in dist/"
	@echo "make dist        the archive for PGXN, of what is committed, in dist/"
	@echo "make docs        the documents as pages of HTML with a search field, in dist/html/ (needs pandoc)"
	@echo "make bench       speed and memory, compared with the alternatives; ROWS= scales it"

demo:
	@test/demo/run start
demo-psql:
	@test/demo/run psql
demo-stop:
	@test/demo/run stop
test:
	@test/run
test-real:
	@test/run real
test-clients:
	@test/clients/run $(CLIENTS)
test-citus:
	@test/citus/run
bench-citus:
	@test/citus/bench
test-versions:
	@test/versions/run
coverage:
	@test/run coverage
test-sanitized:
	@test/run sanitized
fuzz:
	@test/fuzz/run
messages:
	@po/template | msgmerge --quiet --update --backup=none --no-wrap --previous po/nb.po -
	@msgfmt --statistics -o /dev/null po/nb.po
lint:
	@test/lint/run
bench:
	@test/bench/run
deb:
	@packaging/make_deb
dist:
	@packaging/make_dist
docs:
	@packaging/make_docs

# For the tests, which see to it that every test is listed and released scripts are as they were.
list-scripts:
	@echo $(NEWEST)
list-released:
	@echo $(RELEASED)
list-built:
	@echo $(DATA_built)
list-regress:
	@echo $(REGRESS)
list-isolation:
	@echo $(ISOLATION)
list-tests:
	@echo $(REGRESS) $(ISOLATION)

.PHONY: help demo demo-psql demo-stop test test-real test-clients test-citus bench-citus test-versions test-sanitized fuzz messages lint coverage bench deb dist docs \
	list-scripts list-released list-built list-regress list-isolation list-tests
