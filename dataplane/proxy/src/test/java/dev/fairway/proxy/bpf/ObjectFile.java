// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The structures that a compiled object describes in its BTF section. */
final class ObjectFile {
  private static final int STRUCT = 4;

  private final ByteBuffer btf;
  private final int strings;
  private final List<Integer> types = new ArrayList<>();

  private ObjectFile(ByteBuffer btf) {
    this.btf = btf;
    int header = btf.getInt(4);
    int from = header + btf.getInt(8);
    int to = from + btf.getInt(12);
    strings = header + btf.getInt(16);
    types.add(0);
    for (int at = from; at < to; at += 12 + extra(at)) {
      types.add(at);
    }
  }

  /** A member with its offset in bytes. */
  record Member(String name, int offset) {}

  /** A structure with its size in bytes. */
  record Struct(int size, List<Member> members) {}

  static Map<String, Struct> structs(byte[] object) {
    return new ObjectFile(section(object, ".BTF")).structs();
  }

  private static ByteBuffer section(byte[] object, String wanted) {
    ByteBuffer elf = ByteBuffer.wrap(object).order(ByteOrder.LITTLE_ENDIAN);
    int headers = (int) elf.getLong(0x28);
    int headerSize = elf.getShort(0x3a);
    int count = elf.getShort(0x3c);
    int names = (int) elf.getLong(headers + elf.getShort(0x3e) * headerSize + 0x18);
    for (int i = 0; i < count; i++) {
      int header = headers + i * headerSize;
      if (string(elf, names + elf.getInt(header)).equals(wanted)) {
        return elf.slice((int) elf.getLong(header + 0x18), (int) elf.getLong(header + 0x20))
            .order(ByteOrder.LITTLE_ENDIAN);
      }
    }
    throw new AssertionError("no section " + wanted);
  }

  private static String string(ByteBuffer in, int at) {
    int end = at;
    while (in.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - at];
    in.get(at, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private int kind(int at) {
    return btf.getInt(at + 4) >>> 24 & 0x1f;
  }

  private int members(int at) {
    return btf.getInt(at + 4) & 0xffff;
  }

  /** Bytes that follow the common part of a type. */
  private int extra(int at) {
    return switch (kind(at)) {
      case 1, 14, 17 -> 4;
      case 3 -> 12;
      case STRUCT, 5, 15, 19 -> 12 * members(at);
      case 6, 13 -> 8 * members(at);
      default -> 0;
    };
  }

  private Map<String, Struct> structs() {
    Map<String, Struct> structs = new HashMap<>();
    for (int at : types.subList(1, types.size())) {
      if (kind(at) == STRUCT) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < members(at); i++) {
          int member = at + 12 + 12 * i;
          members.add(
              new Member(
                  string(btf, strings + btf.getInt(member)), btf.getInt(member + 8) / Byte.SIZE));
        }
        structs.put(string(btf, strings + btf.getInt(at)), new Struct(btf.getInt(at + 8), members));
      }
    }
    return structs;
  }
}
