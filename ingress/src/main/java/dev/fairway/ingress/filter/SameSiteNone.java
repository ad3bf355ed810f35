// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import com.google.re2j.Pattern;
import java.util.List;

/**
 * Browsers that take {@code SameSite=None} for Strict or drop the cookie, as the Chromium project
 * lists them: everything on iOS 12, Safari on macOS 10.14, Chrome 51 to 66, UC Browser before
 * 12.13.2.
 */
final class SameSiteNone {
  private static final int MAX_LENGTH = 512;
  private static final List<Pattern> MISREADING =
      List.of(
          Pattern.compile("\\(iP.+; CPU .*OS 12[_\\d]*.*\\) AppleWebKit/"),
          Pattern.compile(
              "\\(Macintosh;.*Mac OS X 10_14[_\\d]*.*\\) AppleWebKit/[.\\d]+"
                  + " \\(KHTML, like Gecko\\)(?: Version/.* Safari/.*)?$"),
          Pattern.compile("Chrom(?:e|ium)/(?:5[1-9]|6[0-6])\\."),
          Pattern.compile("UCBrowser/(?:[1-9]|1[01])\\."),
          Pattern.compile("UCBrowser/12\\.(?:[0-9]|1[0-2])\\."),
          Pattern.compile("UCBrowser/12\\.13\\.[01](?:\\D|$)"));

  private SameSiteNone() {}

  static boolean isMisreadBy(String userAgent) {
    String text = userAgent.substring(0, Math.min(userAgent.length(), MAX_LENGTH));
    return MISREADING.stream().anyMatch(pattern -> pattern.matcher(text).find());
  }
}
