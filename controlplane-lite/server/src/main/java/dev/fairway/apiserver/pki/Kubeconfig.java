// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.pki;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** Kubeconfig files with everything embedded. */
public final class Kubeconfig {
  private Kubeconfig() {}

  /**
   * Writes a kubeconfig readable by its owner only.
   *
   * @param name of cluster, user and context
   * @param serverUrl such as https://127.0.0.1:6443
   */
  public static void write(
      Path file, String name, String serverUrl, String caPem, Credential credential)
      throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    String text =
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: %1$s
          cluster:
            server: %2$s
            certificate-authority-data: %3$s
        users:
        - name: %1$s
          user:
            client-certificate-data: %4$s
            client-key-data: %5$s
        contexts:
        - name: %1$s
          context:
            cluster: %1$s
            user: %1$s
            namespace: default
        current-context: %1$s
        """
            .formatted(
                name,
                serverUrl,
                base64(caPem),
                base64(credential.certificatePem()),
                base64(credential.keyPem()));
    PemFiles.write(file, text, true);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }
}
