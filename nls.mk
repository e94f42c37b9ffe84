# Translations of messages, installed where the server was built with --enable-nls and this machine has msgfmt.
CATALOG_NAME = salesopp
AVAIL_LANGUAGES = $(if $(shell command -v $(MSGFMT) 2>/dev/null),nb)
