// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendTls;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.service.ServiceSnapshot;
import java.util.Map;

/**
 * What the references of routes lead to.
 *
 * @param clientKeys what backends are shown, of the Gateways that have such a key
 */
record References(
    ServiceSnapshot services,
    Grants grants,
    TlsPolicies policies,
    Map<ObjectKey, BackendTls.ClientKey> clientKeys) {}
