"""TLS to a server: whom we believe, and what is wrong with a certificate, in words."""

import ssl
import time

import pjsua2 as pj

from ranin.core.words import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NAME,
    CERTIFICATE_TOO_NEW,
    CERTIFICATE_UNKNOWN,
    CERTIFICATE_WRONG,
)

_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""Where Debian has all authorities in one file, which OpenSSL's own defaults do not name."""
_NOBODY = pj.PJ_SSL_CERT_EISSUER_NOT_FOUND | pj.PJ_SSL_CERT_EUNTRUSTED | pj.PJ_SSL_CERT_EISSUER_MISMATCH


def secure(tls: pj.TlsConfig, authority: str) -> None:
    """Have connections made so that the server must prove its name, to `authority` (PEM) or to those of the system."""
    tls.verifyServer = True
    tls.proto = pj.PJ_SSL_SOCK_PROTO_TLS1_2 | pj.PJ_SSL_SOCK_PROTO_TLS1_3
    if authority:
        tls.CaBuf = authority
    else:
        tls.CaListFile = ssl.get_default_verify_paths().cafile or _BUNDLE


def trouble(tls: pj.TlsInfo) -> str:
    """What is wrong with the certificate of a connection; empty: nothing."""
    status = tls.verifyStatus
    if not status:
        return ""
    if status & pj.PJ_SSL_CERT_EVALIDITY_PERIOD:
        began = tls.remoteCertInfo.validityStart.sec <= time.time()
        return CERTIFICATE_EXPIRED if began else CERTIFICATE_TOO_NEW
    if status & _NOBODY:
        return CERTIFICATE_UNKNOWN
    return CERTIFICATE_NAME if status & pj.PJ_SSL_CERT_EIDENTITY_NOT_MATCH else CERTIFICATE_WRONG
