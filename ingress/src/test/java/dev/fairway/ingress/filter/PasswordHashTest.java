// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The forms of htpasswd; made with openssl and crypt(3). */
class PasswordHashTest {
  private static final String LONG =
      "a very much longer text to encrypt.  This one even stretches over morethan one line.";

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = ' ',
      value = {
        "$apr1$abcdefgh$Op2c1t7diw85a4MmRcc4y/ sécret",
        "$1$abcdefgh$swSER/RpIw0Maha87liD.0 sécret",
        "$apr1$xy$TsPdyZQUg9o1dfca2PYPD0 'correct horse battery staple'",
        "$1$xy$PzXL0tI0TUjv4XhT1S2KY/ 'correct horse battery staple'",
        "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5 'Hello world!'",
        "$5$rounds=1400$anotherlongsal$SWKn.ldM7EIYBlwzbaWy/Xh6cYRhhh42LA3HkJD1hA2 '" + LONG + "'",
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1 'Hello world!'",
        "$6$rounds=1400$anotherlongsal$gFlf77izFDdVo9U9qPBbysoFWJmQp/O3Nzdi.YkG7sjpCXpObGAhELaD3CbPXKHONHbKtLkrEQ67K7XJ2AQ8l. '"
            + LONG
            + "'",
        "$6$rounds=10000$ab$Wkw4VrK5Ig08961qRAylBenbBsXNr/8B9Fu0Z65Uf3fYatWHOiBzolYP7.kh6kS1xFlsijEVauYAEMXUUCPP90 secret",
        "$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a secret",
        "$2y$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u secret",
        "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ= secret",
        "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0 secret",
        "{PLAIN}secret secret",
      })
  void rightPasswordAloneMatches(String hash, String password) {
    assertThat(PasswordHash.isKnown(hash)).isTrue();
    assertThat(PasswordHash.matches(hash, password)).isTrue();
    assertThat(PasswordHash.matches(hash, password + "x")).isFalse();
    assertThat(PasswordHash.matches(hash, "")).isFalse();
    assertThat(PasswordHash.matches(hash.substring(0, hash.length() - 2), password)).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "''",
    "secret",
    "$2y$31$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u",
    "$2y$",
    "$5$",
    "$6$rounds=999999999$a$b",
    "$6$rounds=x$a$b",
    "{SHA}",
    "{SHA}????",
    "{SSHA}abcd",
    "$apr1$",
    "$1$",
    "xyBkVSiEyZ.uQ",
  })
  void whatIsNoHashOrTooCostlyMatchesNothing(String hash) {
    assertThat(PasswordHash.matches(hash, "secret")).isFalse();
    assertThat(PasswordHash.matches(hash, hash)).isFalse();
  }
}
