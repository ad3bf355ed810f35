// SPDX-License-Identifier: Apache-2.0
/**
 * Gateway API objects compiled to what each port of each address serves, with the status of every
 * object. Pure. Starting points: {@link dev.fairway.ingress.translate.gateway.GatewayTranslator},
 * {@link dev.fairway.ingress.translate.gateway.GatewayTranslation}.
 */
@NullMarked
package dev.fairway.ingress.translate.gateway;

import org.jspecify.annotations.NullMarked;
