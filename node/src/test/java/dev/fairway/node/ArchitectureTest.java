// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * The layering law of the project. Think hard about the layering before this file is changed; the
 * reasons are in ARCHITECTURE.md.
 */
@AnalyzeClasses(packages = "dev.fairway", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule serviceModel_isPure =
      classes()
          .that()
          .resideInAPackage("dev.fairway.service")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.fairway.service", "java..", "org.jspecify..");

  @ArchTest
  static final ArchRule kubeRecords_areSeenOnlyAtTheEdges =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.fairway.kube..",
              "dev.fairway.service.source..",
              "dev.fairway.ingress",
              "dev.fairway.ingress.admission..",
              "dev.fairway.ingress.gatewayapi..",
              "dev.fairway.ingress.metrics..",
              "dev.fairway.ingress.status..",
              "dev.fairway.ingress.translate..",
              "dev.fairway.apiserver..",
              "dev.fairway.controller..",
              "dev.fairway.scheduler..",
              "dev.fairway.node..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.fairway.kube.api..", "dev.fairway.kube.client..", "dev.fairway.kube.codec..");

  @ArchTest
  static final ArchRule netty_staysWithTheDataPlanes =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.fairway.proxy.userspace..",
              "dev.fairway.dns",
              "dev.fairway.dns.server..",
              "dev.fairway.dns.forward..",
              "dev.fairway.dns.wire..",
              "dev.fairway.dns.cluster..",
              "dev.fairway.ingress..",
              "dev.fairway.node.cluster..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.netty..");

  @ArchTest
  static final ArchRule jetty_staysWithTheApiServer =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.fairway.apiserver..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.eclipse.jetty..");

  @ArchTest
  static final ArchRule dnsjava_staysBehindTheWire =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.fairway.dns.wire..",
              "dev.fairway.dns.forward..",
              "dev.fairway.ingress.externalname..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.xbill.DNS..");

  @ArchTest
  static final ArchRule packages_haveNoCycles =
      slices().matching("dev.fairway.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule models_areImmutable =
      classes()
          .that()
          .resideInAnyPackage("dev.fairway.kube.api", "dev.fairway.ingress.route")
          .and()
          .areNotInterfaces()
          .and()
          .areNotAnonymousClasses()
          .and()
          .haveSimpleNameNotEndingWith("Builder")
          .should()
          .haveModifier(JavaModifier.FINAL)
          .orShould()
          .beEnums();

  @ArchTest
  static final ArchRule onlyMain_exits =
      noClasses()
          .that()
          .doNotHaveSimpleName("Main")
          .and()
          .doNotHaveSimpleName("Hello")
          .should()
          .callMethod(System.class, "exit", int.class);

  @ArchTest
  static final ArchRule logging_isSystemLogger =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.fairway.node..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.util.logging..", "org.slf4j..", "ch.qos.logback..");

  @ArchTest
  static final ArchRule nobodySleepsOnTheClock =
      noClasses()
          .that()
          .resideInAnyPackage("dev.fairway.service..", "dev.fairway.proxy..", "dev.fairway.dns..")
          .should()
          .callMethod(Thread.class, "sleep", long.class);
}
