# Translations of messages, installed where the server was built with --enable-nls and this machine has msgfmt. PostgreSQL 16 and later
# read po/LINGUAS by themselves, whether there is msgfmt or not: hence "override".
CATALOG_NAME = salesopp
override AVAIL_LANGUAGES = $(if $(shell command -v $(MSGFMT) 2>/dev/null),$(shell cat $(srcdir)/po/LINGUAS))
