// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process in the namespaces of a pod, of a node or of the world outside, that asks services of
 * agnhost. Commands come line by line on its standard input, each is answered with one line:
 *
 * <pre>
 * ask tcp|udp|udpto ADDRESS PORT REQUEST WAIT-MS       the answer, or refused, timeout, reset, ...
 * many COUNT GAP-MS tcp|udp|udpto ADDRESS PORT REQUEST WAIT-MS     the different answers
 * load NAME keep|new tcp|udp|udpto ADDRESS PORT GAP-MS             asks until it is ended
 * count NAME                                           "REQUESTS ERRORS first error" so far
 * end NAME                                             the same, and no more
 * run COMMAND                                          its output, lines joined by commas
 * </pre>
 *
 * {@code udp} is a connected socket, {@code udpto} one that is not and so sees who answers. The
 * family of a socket is that of the address.
 */
final class Prober {
  private static final int LOAD_WAIT_MILLIS = 30_000;
  private static final int RUN_SECONDS = 30;

  private final Map<String, Load> loads = new HashMap<>();

  private Prober() {}

  /** Reads commands until its input ends. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Prober prober = new Prober();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println(prober.answer(line.split(" ", 2)[0], line.split(" ")));
    }
  }

  private String answer(String command, String[] words) throws InterruptedException {
    return switch (command) {
      case "ask" -> ask(Target.of(words, 1), words[4], Integer.parseInt(words[5]));
      case "many" -> many(words);
      case "load" -> {
        Load load =
            new Load(words[2].equals("keep"), Target.of(words, 3), Integer.parseInt(words[6]));
        loads.put(words[1], load);
        load.thread.start();
        yield "started";
      }
      case "count" -> load(words).toString();
      case "end" -> load(words).end();
      case "run" -> run(words);
      default -> "no such command: " + command;
    };
  }

  private Load load(String[] words) {
    Load load = loads.get(words[1]);
    if (load == null) {
      throw new IllegalArgumentException("no load " + words[1]);
    }
    return load;
  }

  private static String ask(Target target, String request, int waitMillis) {
    try (Conversation conversation = target.open(waitMillis)) {
      return conversation.ask(request);
    } catch (IOException e) {
      return word(e);
    }
  }

  private static String many(String[] words) {
    int count = Integer.parseInt(words[1]);
    int gapMillis = Integer.parseInt(words[2]);
    SortedSet<String> answers = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      if (i > 0) {
        LockSupport.parkNanos(Duration.ofMillis(gapMillis).toNanos());
      }
      answers.add(ask(Target.of(words, 3), words[6], Integer.parseInt(words[7])));
    }
    return String.join(",", answers);
  }

  private static String run(String[] words) throws InterruptedException {
    String[] command = new String[words.length - 1];
    System.arraycopy(words, 1, command, 0, command.length);
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(RUN_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "does not end";
      }
      return output.replace('\n', ',');
    } catch (IOException e) {
      return word(e);
    }
  }

  /** What went wrong, in a word where there is one. */
  private static String word(IOException e) {
    String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return switch (e) {
      case PortUnreachableException _ -> "refused";
      case SocketTimeoutException _ -> "timeout";
      case NoRouteToHostException _ -> "unreachable";
      case ConnectException _ when text.contains("refused") -> "refused";
      case ConnectException _ when text.contains("timed out") -> "timeout";
      case SocketException _ when text.contains("reset") -> "reset";
      case SocketException _ when text.contains("refused") -> "refused";
      case SocketException _ when text.contains("unreachable") -> "unreachable";
      default -> e.getClass().getSimpleName() + ": " + e.getMessage();
    };
  }

  /** Who is asked, and over what. */
  private record Target(String protocol, InetSocketAddress address) {
    static Target of(String[] words, int at) {
      try {
        return new Target(
            words[at],
            new InetSocketAddress(
                InetAddress.getByName(words[at + 1]), Integer.parseInt(words[at + 2])));
      } catch (IOException e) {
        throw new IllegalArgumentException("no address: " + words[at + 1], e);
      }
    }

    private StandardProtocolFamily family() {
      return address.getAddress() instanceof Inet4Address
          ? StandardProtocolFamily.INET
          : StandardProtocolFamily.INET6;
    }

    Conversation open(int waitMillis) throws IOException {
      return protocol.equals("tcp")
          ? new Stream(SocketChannel.open(family()), address, waitMillis)
          : new Datagrams(
              DatagramChannel.open(family()), address, protocol.equals("udp"), waitMillis);
    }
  }

  /** One connection, or one socket of datagrams. */
  private interface Conversation extends AutoCloseable {
    String ask(String request) throws IOException;

    @Override
    void close() throws IOException;
  }

  /** HTTP, as much of it as agnhost speaks. */
  private static final class Stream implements Conversation {
    private final SocketChannel channel;
    private final InetSocketAddress address;

    Stream(SocketChannel channel, InetSocketAddress address, int waitMillis) throws IOException {
      this.channel = channel;
      this.address = address;
      try {
        channel.socket().connect(address, waitMillis);
        channel.socket().setSoTimeout(waitMillis);
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    }

    @Override
    public String ask(String request) throws IOException {
      String head = "GET /" + request + " HTTP/1.1\r\nHost: " + address.getPort() + "\r\n\r\n";
      channel.socket().getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      InputStream in = channel.socket().getInputStream();
      int length = 0;
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
        }
      }
      byte[] body = in.readNBytes(length);
      if (body.length < length) {
        throw new EOFException("ended in the body");
      }
      return new String(body, StandardCharsets.UTF_8).strip();
    }

    private static String line(InputStream in) throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new EOFException("ended in the head");
        }
        line.append((char) c);
      }
      return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** A request, a datagram; its answer, a datagram. */
  private static final class Datagrams implements Conversation {
    private final DatagramChannel channel;
    private final InetSocketAddress address;

    Datagrams(DatagramChannel channel, InetSocketAddress address, boolean connected, int waitMillis)
        throws IOException {
      this.channel = channel;
      this.address = address;
      try {
        channel.socket().setSoTimeout(waitMillis);
        if (connected) {
          channel.connect(address);
        }
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    }

    @Override
    public String ask(String request) throws IOException {
      byte[] out = request.getBytes(StandardCharsets.US_ASCII);
      channel.socket().send(new DatagramPacket(out, out.length, address));
      DatagramPacket answer = new DatagramPacket(new byte[512], 512);
      channel.socket().receive(answer);
      if (!answer.getSocketAddress().equals(address)) {
        return "answered from " + answer.getSocketAddress();
      }
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8).strip();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** Asks again and again, over one conversation or over a new one each time. */
  private static final class Load {
    private final boolean keep;
    private final Target target;
    private final long gapNanos;
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::run);
    private volatile boolean ended;
    // Written by the thread only.
    private volatile long requests;
    private volatile long errors;
    private volatile String firstError = "";

    Load(boolean keep, Target target, int gapMillis) {
      this.keep = keep;
      this.target = target;
      gapNanos = Duration.ofMillis(gapMillis).toNanos();
    }

    private void run() {
      while (!ended) {
        try (Conversation conversation = target.open(LOAD_WAIT_MILLIS)) {
          do {
            conversation.ask("hostname");
            requests = requests + 1;
            LockSupport.parkNanos(gapNanos);
          } while (keep && !ended);
        } catch (IOException e) {
          errors = errors + 1;
          if (firstError.isEmpty()) {
            firstError = "after " + requests + ": " + word(e);
          }
          LockSupport.parkNanos(gapNanos);
        }
      }
    }

    String end() throws InterruptedException {
      ended = true;
      thread.join();
      return toString();
    }

    @Override
    public String toString() {
      return requests + " " + errors + " " + firstError;
    }
  }
}
