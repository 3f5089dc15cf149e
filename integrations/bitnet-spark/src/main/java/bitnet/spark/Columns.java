package bitnet.spark;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** Columns by their names, which may have dots and blanks in them. */
final class Columns {
    private Columns() {}

    static Column named(String name) {
        return functions.col("`" + name.replace("`", "``") + "`");
    }

    /** The type of a column that has to be there. */
    static DataType type(StructType schema, String name, String param) {
        if (schema.getFieldIndex(name).isEmpty()) {
            throw new IllegalArgumentException(param + " names '" + name + "', which is none of the columns "
                    + String.join(", ", schema.fieldNames()));
        }
        return schema.apply(name).dataType();
    }

    /** The schema with a column that must not be there yet. */
    static StructType appended(StructType schema, String name, DataType type, String param) {
        if (schema.getFieldIndex(name).isDefined()) {
            throw new IllegalArgumentException(param + " is '" + name + "', and there is such a column already");
        }
        return schema.add(name, type, true);
    }
}
