// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dns;

import dev.fairway.benchmarks.dataplane.ScaleApiServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Objects for a DNS, for {@code compare/dns.sh}: {@code DnsScale SERVICES ENDPOINTS_EACH FILE}
 * serves an API of so many objects and writes its kubeconfig to the file. Then it does what its
 * input says, a line at a time, and answers with a line: {@code churn RATE} changes so many
 * endpoints a second from now on; {@code propagation PORT CHANGES} changes one endpoint after the
 * other and prints the milliseconds, p50 and p99, from the moment a change is handed to the watches
 * until the DNS at the port answers it. It ends with its input.
 */
public final class DnsScale {
  private static final int TIMEOUT_MILLIS = 200;
  private static final int MAX_TRIES = 20_000;

  private final ScaleApiServer api;
  private final int services;
  private volatile int rate;

  private DnsScale(ScaleApiServer api, int services) {
    this.api = api;
    this.services = services;
  }

  /** Serves until the input ends. */
  public static void main(String[] args) throws Exception {
    if (args.length != 3) {
      System.err.println("usage: DnsScale SERVICES ENDPOINTS_EACH FILE");
      System.exit(2);
    }
    int services = Integer.parseInt(args[0]);
    try (ScaleApiServer api = new ScaleApiServer(services, Integer.parseInt(args[1]), 8080)) {
      Files.writeString(Path.of(args[2]), api.kubeconfig());
      DnsScale scale = new DnsScale(api, services);
      Thread.ofPlatform().daemon().name("churn").start(scale::churn);
      System.out.println("ready");
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        System.out.println(scale.command(line.strip().split(" ")));
      }
    }
    System.exit(0);
  }

  private String command(String[] words) throws Exception {
    return switch (words[0]) {
      case "churn" -> {
        rate = Integer.parseInt(words[1]);
        yield "churn " + rate;
      }
      case "propagation" -> propagation(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
      default -> "unknown command " + words[0];
    };
  }

  /** Ten times a millisecond at most, so that changes come one by one. */
  private void churn() {
    long next = System.nanoTime();
    for (int i = 0; ; i++) {
      int now = rate;
      if (now == 0) {
        LockSupport.parkNanos(10_000_000);
        next = System.nanoTime();
        continue;
      }
      next += 1_000_000_000L / now;
      long left = next - System.nanoTime();
      if (left > 0) {
        LockSupport.parkNanos(left);
      }
      int index = (int) (i * 37L % services);
      api.moveEndpoint(index, (i / services & 1) == 0);
    }
  }

  private String propagation(int port, int changes) throws Exception {
    long[] nanos = new long[changes];
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
      for (int i = -changes / 4; i < changes; i++) {
        int index = Math.floorMod(i * 37, services);
        byte[] question = question(index);
        TimeUnit.MILLISECONDS.sleep(10);
        long start = System.nanoTime();
        api.moveEndpoint(index, true);
        await(socket, question, true);
        if (i >= 0) {
          nanos[i] = System.nanoTime() - start;
        }
        api.moveEndpoint(index, false);
        await(socket, question, false);
      }
    }
    Arrays.sort(nanos);
    return "propagation %.3f %.3f"
        .formatted(nanos[changes / 2] / 1e6, nanos[changes * 99 / 100] / 1e6);
  }

  private static void await(DatagramSocket socket, byte[] question, boolean there)
      throws IOException {
    for (int i = 0; i < MAX_TRIES; i++) {
      if (ask(socket, question) == there) {
        return;
      }
      LockSupport.parkNanos(100_000);
    }
    throw new IOException("a change was not answered");
  }

  /** Whether the name has an address. */
  private static boolean ask(DatagramSocket socket, byte[] question) throws IOException {
    socket.send(new DatagramPacket(question, question.length));
    byte[] response = new byte[1024];
    try {
      DatagramPacket packet = new DatagramPacket(response, response.length);
      do {
        socket.receive(packet);
      } while (!Arrays.equals(question, 12, question.length, response, 12, question.length));
      return response[7] > 0;
    } catch (SocketTimeoutException _) {
      return false;
    }
  }

  /** For the address that the first endpoint of a Service moves to, by the endpoint's own name. */
  private byte[] question(int index) {
    String address = api.endpointAddress(index, 0, true).replace('.', '-');
    String name = address + ".svc-" + index + ".ns-" + index % 100 + ".svc.cluster.local";
    byte[] bytes = new byte[12 + name.length() + 2 + 4];
    bytes[1] = (byte) index;
    bytes[2] = 1;
    bytes[5] = 1;
    int at = 12;
    for (String label : name.split("\\.")) {
      bytes[at++] = (byte) label.length();
      byte[] text = label.getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(text, 0, bytes, at, text.length);
      at += text.length;
    }
    bytes[at + 2] = 1;
    bytes[at + 4] = 1;
    return bytes;
  }
}
