package bitnet.coreml.interpreter;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A protobuf message without a schema: fields by number. Nested messages are read where they are asked for, and can be changed. */
public final class Message {
    private final List<Field> fields = new ArrayList<>();

    private static final class Field {
        final int number;
        /** A {@code Long}, a {@code byte[]}, or a {@code Message} once it was asked for as one. */
        Object value;

        Field(int number, Object value) {
            this.number = number;
            this.value = value;
        }
    }

    /** @throws IllegalArgumentException if the bytes are not a message */
    public static Message parse(byte[] bytes) {
        Message message = new Message();
        CodedInputStream in = CodedInputStream.newInstance(bytes);
        try {
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                Object value = switch (tag & 7) {
                    case 0 -> in.readRawVarint64();
                    case 2 -> in.readByteArray();
                    default -> throw new IllegalArgumentException("wire type " + (tag & 7));
                };
                message.fields.add(new Field(tag >>> 3, value));
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("not a protobuf message: " + e.getMessage(), e);
        }
        return message;
    }

    /** The messages of a field. Changing them changes this one. */
    public List<Message> messages(int number) {
        List<Message> messages = new ArrayList<>();
        for (Field field : fields) {
            if (field.number == number) {
                if (field.value instanceof byte[] bytes) {
                    field.value = parse(bytes);
                }
                messages.add((Message) field.value);
            }
        }
        return messages;
    }

    /** The message of a field. */
    public Message message(int number) {
        return optional(number).orElseThrow(() -> new IllegalArgumentException("field " + number + " is missing"));
    }

    /** The message of a field, if it is there. */
    public Optional<Message> optional(int number) {
        List<Message> messages = messages(number);
        return messages.isEmpty() ? Optional.empty() : Optional.of(messages.getLast());
    }

    /** A map from strings to messages. */
    public Map<String, Message> map(int number) {
        Map<String, Message> map = new LinkedHashMap<>();
        for (Message entry : messages(number)) {
            if (map.put(entry.text(1), entry.message(2)) != null) {
                throw new IllegalArgumentException("the key " + entry.text(1) + " stands twice");
            }
        }
        return map;
    }

    /** The strings of a field. */
    public List<String> texts(int number) {
        return fields.stream()
                .filter(field -> field.number == number)
                .map(field -> new String((byte[]) field.value, StandardCharsets.UTF_8))
                .toList();
    }

    /** The string of a field, or "". */
    public String text(int number) {
        List<String> texts = texts(number);
        return texts.isEmpty() ? "" : texts.getLast();
    }

    /** The bytes of a field. */
    public byte[] bytes(int number) {
        return fields.stream()
                .filter(field -> field.number == number)
                .map(field -> (byte[]) field.value)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("field " + number + " is missing"));
    }

    /** The number of a field, or 0. */
    public long number(int number) {
        return fields.stream()
                .filter(field -> field.number == number)
                .mapToLong(field -> (Long) field.value)
                .findFirst()
                .orElse(0);
    }

    /** The numbers of a packed field. */
    public List<Long> packed(int number) {
        List<Long> numbers = new ArrayList<>();
        if (!has(number)) {
            return numbers;
        }
        CodedInputStream in = CodedInputStream.newInstance(bytes(number));
        try {
            while (!in.isAtEnd()) {
                numbers.add(in.readRawVarint64());
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("not packed numbers: " + e.getMessage(), e);
        }
        return numbers;
    }

    /** Whether there is such a field. */
    public boolean has(int number) {
        return fields.stream().anyMatch(field -> field.number == number);
    }

    /** Replaces the first field of a number, or adds one: a {@code Long}, {@code String}, {@code byte[]} or {@code Message}. */
    public void set(int number, Object value) {
        Object stored = value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : value;
        for (Field field : fields) {
            if (field.number == number) {
                field.value = stored;
                return;
            }
        }
        add(number, stored);
    }

    /** Adds a field. */
    public void add(int number, Object value) {
        fields.add(new Field(number, value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : value));
    }

    /** Removes the field of a number that comes at a place among its like. */
    public void remove(int number, int index) {
        int seen = 0;
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).number == number && seen++ == index) {
                fields.remove(i);
                return;
            }
        }
        throw new IllegalArgumentException("there is no field " + number + " at " + index);
    }

    /** As it is now. */
    public byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            for (Field field : fields) {
                switch (field.value) {
                    case Long value -> out.writeUInt64(field.number, value);
                    case byte[] value -> out.writeByteArray(field.number, value);
                    case Message value -> out.writeByteArray(field.number, value.toBytes());
                    default -> throw new IllegalStateException(String.valueOf(field.value));
                }
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
