// usage: java -cp DRIVER Ask.java URL ROLE
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

public class Ask {
	interface Check { void run() throws Exception; }

	static int number = 0;
	static Connection connection;

	static void test(String name, Check check) {
		number++;
		try {
			check.run();
			System.out.println("ok " + number + " - " + name);
		} catch (Exception | AssertionError error) {
			System.out.println("not ok " + number + " - " + name + "\n# " + error.toString().replace("\n", "\n# "));
		}
	}

	static void same(Object found, Object expected) {
		if (!Objects.equals(found, expected)) throw new AssertionError(found + " is not " + expected);
	}

	// The rows of what the driver answers, as texts, with these columns
	static List<String> rows(ResultSet answer, String... columns) throws SQLException {
		List<String> found = new ArrayList<>();
		while (answer.next()) {
			List<String> row = new ArrayList<>();
			for (String column : columns) row.add(answer.getString(column));
			found.add(String.join("|", row));
		}
		return found;
	}

	static ResultSet ask(String statement, Object... values) throws SQLException {
		PreparedStatement prepared = connection.prepareStatement(statement);
		for (int i = 0; i < values.length; i++) prepared.setObject(i + 1, values[i]);
		return prepared.executeQuery();
	}

	public static void main(String[] given) throws Exception {
		connection = DriverManager.getConnection(given[0], given[1], "");
		DatabaseMetaData told = connection.getMetaData();

		test("tables and views are listed, each as what it is, with its comment", () -> {
			for (String[] kind : new String[][] {{"TABLE", "r"}, {"VIEW", "v"}}) {
				List<String> found = rows(told.getTables(null, "salesopp", "%", new String[] {kind[0]}), "TABLE_NAME", "REMARKS");
				found.sort(null);
				List<String> stored = rows(ask("SELECT relname, obj_description(oid, 'pg_class') AS remarks FROM pg_class"
						+ " WHERE relnamespace = 'salesopp'::regnamespace AND relkind = '" + kind[1] + "'"), "relname", "remarks");
				stored.sort(null);
				same(found, stored);
			}
		});
		test("columns with their types and comments", () -> {
			List<String> found = rows(told.getColumns(null, "salesopp", "opportunity%", "%"), "TABLE_NAME", "COLUMN_NAME", "TYPE_NAME", "REMARKS");
			List<String> stored = rows(ask("SELECT c.relname, a.attname, t.typname, col_description(c.oid, a.attnum) AS remarks FROM pg_attribute a"
					+ " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid WHERE c.relnamespace = 'salesopp'::regnamespace"
					+ " AND c.relkind IN ('r', 'v') AND c.relname LIKE 'opportunity%' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum"),
					"relname", "attname", "typname", "remarks");
			// the driver names types of a schema that is not in the search path with the schema, in quotes
			found.replaceAll(row -> row.replace("\"salesopp\".", "").replace("|\"", "|").replace("\"|", "|").replace("|bigserial|", "|int8|"));
			same(found.size() > 50, true);
			same(found, stored);
			List<String> money = rows(told.getColumns(null, "salesopp", "opportunity_list", "estimated_revenue"), "DATA_TYPE", "COLUMN_SIZE", "DECIMAL_DIGITS");
			same(money, List.of(Types.NUMERIC + "|18|2"));
			same(rows(told.getColumns(null, "salesopp", "opportunity", "id"), "IS_AUTOINCREMENT"), List.of("YES"));
		});
		test("keys and foreign keys, of two columns", () -> {
			List<String> key = rows(told.getPrimaryKeys(null, "salesopp", "opportunity"), "COLUMN_NAME", "KEY_SEQ");
			key.sort(null);
			same(key, List.of("id|2", "organization_id|1"));
			List<String> foreign = rows(told.getImportedKeys(null, "salesopp", "opportunity"), "PKTABLE_NAME", "PKCOLUMN_NAME", "FKCOLUMN_NAME", "KEY_SEQ");
			same(foreign.contains("company|id|company_id|2"), true);
			same(foreign.contains("company|organization_id|organization_id|1"), true);
			same(rows(told.getExportedKeys(null, "salesopp", "opportunity"), "FKTABLE_NAME").contains("quote"), true);
			same(rows(told.getPrimaryKeys(null, "salesopp", "opportunity_list"), "COLUMN_NAME"), List.of());
		});
		test("functions are listed, with their arguments and comments", () -> {
			same(rows(told.getFunctions(null, "salesopp", "search"), "REMARKS"), rows(ask("SELECT obj_description(oid, 'pg_proc') AS remarks FROM pg_proc"
					+ " WHERE pronamespace = 'salesopp'::regnamespace AND proname = 'search'"), "remarks"));
			same(rows(told.getFunctionColumns(null, "salesopp", "search", "%"), "COLUMN_NAME").containsAll(List.of("criteria", "sort", "max_rows", "after")), true);
		});
		test("values have types that can be calculated with", () -> {
			ResultSet row = ask("SELECT id, subject, status, estimated_revenue, decision_date, changed_at, has_process FROM salesopp.opportunity_list"
					+ " WHERE status = 'open' ORDER BY id LIMIT 1");
			row.next();
			Class<?>[] types = {Long.class, String.class, String.class, BigDecimal.class, Date.class, Timestamp.class, Boolean.class};
			for (int i = 0; i < types.length; i++) same(row.getObject(i + 1).getClass(), types[i]);
		});
		test("one organization's rows, and functions with criteria as a parameter", () -> {
			same(rows(ask("SELECT DISTINCT organization_id FROM salesopp.opportunity"), "organization_id"), List.of("1"));
			same(rows(ask("SELECT subject FROM salesopp.search(?::jsonb, 'id', ?)", "{\"text\": \"deal 1%\"}", 2), "subject"), List.of("Deal 1 of 1", "Deal 10 of 1"));
		});
		test("enum types in conditions", () -> {
			same(rows(ask("SELECT count(*) AS n FROM salesopp.opportunity WHERE status = 'won' AND status = ?::salesopp.opportunity_status", "won"), "n"), List.of("5"));
		});
		test("errors have their SQLSTATE and hint", () -> {
			try {
				ask("SELECT * FROM salesopp.search('{\"foo\": 1}')");
				throw new AssertionError("not refused");
			} catch (SQLException error) {
				same(error.getSQLState(), "22023");
				same(error.getMessage().contains("Hint:"), true);
			}
		});
		System.out.println("1.." + number);
	}
}
