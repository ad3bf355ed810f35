// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

/**
 * One port of a Service.
 *
 * @param nodePort 0 where there is none
 * @param appProtocol "" where none is given
 */
public record ServicePort(ServicePortName name, int port, int nodePort, String appProtocol) {}
