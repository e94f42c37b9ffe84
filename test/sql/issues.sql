-- What was found wrong in a release, or in what came after it, a block for each: what happened, and what
-- must happen. Those that need more than one session or server stand in a test of their own kind, and
-- are named there.
\set SHOW_CONTEXT never
