package bitnet.spark;

import bitnet.Message;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Conversations as a column: an array of structs with {@code role} and {@code content}. */
final class Conversations {
    static final ArrayType TYPE = DataTypes.createArrayType(
            new StructType().add("role", DataTypes.StringType).add("content", DataTypes.StringType));

    private Conversations() {}

    /** Whether a type is an array of structs with these two texts, and possibly more. */
    static boolean isConversation(DataType type) {
        return type instanceof ArrayType array
                && array.elementType() instanceof StructType message
                && isText(message, "role")
                && isText(message, "content");
    }

    private static boolean isText(StructType message, String field) {
        return message.getFieldIndex(field).isDefined()
                && message.apply(field).dataType().equals(DataTypes.StringType);
    }

    /** @throws IllegalArgumentException if a message is null or has another role than system, user or assistant */
    static List<Message> messages(List<Row> column) {
        return column.stream().map(Conversations::message).toList();
    }

    private static Message message(Row row) {
        String role = row == null ? null : row.getAs("role");
        String content = row == null ? null : row.getAs("content");
        if (role == null || content == null) {
            throw new IllegalArgumentException("a message has no role or no content");
        }
        return switch (role) {
            case "system" -> Message.system(content);
            case "user" -> Message.user(content);
            case "assistant" -> Message.assistant(content);
            default ->
                throw new IllegalArgumentException(
                        "a message has the role '" + role + "', expected system, user or assistant");
        };
    }
}
