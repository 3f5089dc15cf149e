package bitnet.batch;

import bitnet.Message;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * The seed of a row's random numbers: of what the row says, and not of where or when it is computed. It is the first eight bytes,
 * big-endian, of the SHA-256 of the job's seed and the row's number, eight bytes big-endian each, and for each message its role and
 * its text, in UTF-8 with their lengths, four bytes big-endian, in front.
 */
final class RowSeed {
    private RowSeed() {}

    static long of(long seed, long row, List<Message> messages) {
        MessageDigest digest = sha256();
        digest.update(
                ByteBuffer.allocate(2 * Long.BYTES).putLong(seed).putLong(row).array());
        for (Message message : messages) {
            text(digest, message.role());
            text(digest, message.text());
        }
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    private static void text(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every JVM has it
        }
    }
}
