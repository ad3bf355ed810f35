// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

/** What the metrics and pages say about the program. */
final class BuildInfo {
  /** The version of Kubernetes whose kube-proxy is followed. */
  static final String EMULATED = "1.36";

  private static final String MAJOR = "1";
  private static final String MINOR = "36";

  private BuildInfo() {}

  /** Labels of {@code kubernetes_build_info}. */
  static String labels(String version) {
    return "build_date=\"\",compiler=\"javac\",git_commit=\"\",git_tree_state=\"\",git_version=\""
        + ("v" + EMULATED + ".0+fairway-" + version)
        + "\",go_version=\"\",major=\""
        + MAJOR
        + "\",minor=\""
        + MINOR
        + "\",platform=\"linux/"
        + platform()
        + '"';
  }

  private static String platform() {
    return switch (System.getProperty("os.arch", "")) {
      case "aarch64" -> "arm64";
      default -> System.getProperty("os.arch", "");
    };
  }
}
