// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import dev.fairway.ingress.route.BackendRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How connections that ask for a server name are answered. */
public sealed interface TlsProfile {
  /**
   * The gateway ends TLS itself.
   *
   * @param clients how client certificates are asked for; null where they are not
   * @param group requests on a connection of one group for a host of another are misdirected (421)
   * @param rules what is agreed to
   */
  record Terminate(
      Certificate certificate, @Nullable ClientVerification clients, String group, TlsRules rules)
      implements TlsProfile {
    /** By the default rules. */
    public Terminate(Certificate certificate, @Nullable ClientVerification clients, String group) {
      this(certificate, clients, group, TlsRules.DEFAULT);
    }
  }

  /** The gateway ends TLS itself, with its default certificate. */
  record Default() implements TlsProfile {}

  /** The gateway ends TLS itself and hands what is inside to a backend as it is. */
  record TerminateStream(Certificate certificate, List<BackendRef> backends) implements TlsProfile {
    public TerminateStream {
      backends = List.copyOf(backends);
    }
  }

  /** The connection is handed to a backend as it is. */
  record Passthrough(List<BackendRef> backends) implements TlsProfile {
    public Passthrough {
      backends = List.copyOf(backends);
    }
  }

  /** The connection is closed without a word, as a port does where nobody ends TLS. */
  record Drop() implements TlsProfile {}

  /** The handshake is refused: nobody answers for this name. */
  record Refuse() implements TlsProfile {}
}
