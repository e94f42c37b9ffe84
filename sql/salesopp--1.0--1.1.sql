\echo Use "ALTER EXTENSION salesopp UPDATE TO '1.1'" to load this file. \quit
