# The version stands in salesopp.control alone.
EXTENSION = salesopp
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" salesopp.control)

# The install script is these parts, in this order.
PARTS = 00_schema 10_types 20_directory 21_process 22_opportunity 23_trade 24_activity 25_custom \
	30_pipeline 40_triggers 50_lifecycle 51_bulk 52_records 53_trade 70_views 71_reports 72_search 73_descriptions 90_security 95_dump

MODULE_big = salesopp
OBJS = $(patsubst src/%.c,src/%.o,$(wildcard src/*.c))
DATA_built = sql/salesopp--$(EXTVERSION).sql

PG_CPPFLAGS = -DSALESOPP_VERSION='"$(EXTVERSION)"'
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS): $(wildcard src/*.h)

$(DATA_built): salesopp.control Makefile $(PARTS:%=sql/parts/%.sql)
	cat $(PARTS:%=sql/parts/%.sql) > $@
