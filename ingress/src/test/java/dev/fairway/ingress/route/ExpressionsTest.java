// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Expressions of users cost no more than their size times the length of what they look at. */
class ExpressionsTest {
  /** Counts how often a character is looked at. */
  private static final class Counted implements CharSequence {
    private final String text;
    private long looks;

    Counted(String text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      looks++;
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "^/(a+)+$",
    "^/(a*)*b$",
    "^/(a|aa)+$",
    "^/(a|a?)+$",
    "^/(.*)*x$",
    "^/(.*a){20}$",
    "^/(?:a?){50}(?:a){50}b$",
    "/((a+)+)+!",
  })
  void stepsGrowWithTheTextAlone(String expression) {
    Pattern pattern = Objects.requireNonNull(RouteMatch.regex("h", expression, false).pattern());
    long once = looks(pattern, 1_000);
    long twice = looks(pattern, 2_000);
    assertThat(once).isLessThanOrEqualTo(10 * 1_002);
    assertThat(twice).isLessThanOrEqualTo(2 * once + 100);
  }

  private static long looks(Pattern pattern, int length) {
    Counted path = new Counted("/" + "a".repeat(length) + "!");
    pattern.matcher(path).find();
    return path.looks;
  }

  static Stream<String> tooLarge() {
    return Stream.of(
        "((a{1000}){1000}){1000}",
        "(((((a{10}){10}){10}){10}){10}){10}",
        "(a{100}){100}",
        "([a-z]{100}){100}",
        "(a{1,100}){1,100}",
        "(a{100,}){100}",
        "(\\pL{100}){100}",
        "(\\x{61}{100}){100}",
        "(\\Qab\\E{100}){100}",
        "(?:a|b){1000}",
        "a".repeat(Expressions.MAX_PARTS + 1),
        "(".repeat(20_000) + "a" + ")".repeat(20_000));
  }

  @ParameterizedTest
  @MethodSource("tooLarge")
  void largeOnesAreRefusedBeforeTheyAreUnrolled(String expression) {
    assertThatThrownBy(() -> Expressions.compile(expression, 0))
        .isInstanceOf(PatternSyntaxException.class)
        .hasMessageContaining("parts");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = ' ',
      value = {
        "/(a|b)/[0-9]{3,5} /a/1234",
        "/[]{}]{2} /]}",
        "/[[:alpha:]]{2} /ab",
        "/[^]]{2} /ab",
        "/x{,3} /x{,3}",
        "/x{y} /x{y}",
        "/\\{5\\} /{5}",
        "/\\Q{9}{9}\\E /{9}{9}",
        "/\\p{L}+ /ab",
        "/(?i)AB{1000} /abbb",
      })
  void othersMeanWhatRe2SaysTheyMean(String expression, String path) {
    Pattern pattern = Expressions.compile(expression, 0);
    assertThat(pattern.matcher(path).matches())
        .isEqualTo(Pattern.compile(expression).matcher(path).matches());
  }

  @Test
  void whatRe2DoesNotKnowIsSaidInItsWords() {
    for (String wrong : new String[] {"(", ")", "[a", "a**", "\\", "(?=a)", "\\1", "a{2}{3}{"}) {
      boolean known = isKnown(wrong);
      if (!known) {
        assertThatThrownBy(() -> Expressions.compile(wrong, 0))
            .isInstanceOf(PatternSyntaxException.class);
      }
    }
    assertThat(isKnown("(?=a)")).isFalse();
    assertThat(isKnown("\\1")).isFalse();
  }

  private static boolean isKnown(String expression) {
    try {
      Pattern.compile(expression);
      return true;
    } catch (PatternSyntaxException unknown) {
      return false;
    }
  }
}
