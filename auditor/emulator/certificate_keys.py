"""Fixed key material of the emulator's SAML certificates. For the emulator only: never a secret, never to be trusted.

The primes below were made for this file and protect nothing. They stand here so that the same tenant file gives the
same certificates, byte for byte, on every machine; anyone who reads this file holds the private keys.
"""

from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec, rsa

EXPONENT = 65537
CURVES: dict[str, ec.EllipticCurve] = {
    "p256": ec.SECP256R1(),
    "p384": ec.SECP384R1(),
    "p521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}

_PRIMES: dict[int, tuple[str, str]] = {
    1024: (
        "df3eaeffd5b7e67cb31455bc2947a7843d6089e55ac3e9d6ac2f74e0245805efe906398628c5510d26b92a92a41393b4f79f"
        "07e1bf9f4d98bebcc0ee656db2cb",
        "dc634c6416cb47fc6070add392416233a97c74d273db34532a1c0663dd4311a6dbfa879fb4e811c51e18d9750a8120f463ba"
        "f5e1eeeb178ec429efc23300bf5f",
    ),
    2048: (
        "dd64f928ab1e631248b2abbd26858e2e3b40730f6efb54d134fa499aadffd3000a6f2474640012fc1a1e84e0720feb5be4a5"
        "deff77d2eb1a850253a62ec74d119d4b5e974f73271c74f1f34552ffd97467dbcf58475badea2ead3673115e78ba7fa9e3b4"
        "dfc847f4518ec70944a57298a648643c3755670ce6f6416fee4c1a39",
        "d2e9fd88cfbc8c05c151c9e4b1f9af63385e63993d85c9aafe46294e7762e6d236bb3eb5ff9c625846f12cc4d95c92be236a"
        "10e6ed21103c63837230183563edf2239e5e12b0a58a7f7a228249bb9de88915d9403600d234485eaac21f8a71e776a718dc"
        "148046dc41fa90d7e6b27d0e1d647f8776c69520724fb59c3721f421",
    ),
    3072: (
        "f413647525df5a1276902865c7e02906bfc9f80c27d9ead044149fd5c3467f266e9ca2f7cdcd7799af7f2351924690cdcbe0"
        "b47d365e50ba68b4666ebc6bfdfdc8ee2f9004a44c959fc6c5b2d5150632a67e6436968d28d198622e6bf8eacb82b8f63cc1"
        "d48126676ef679da639a579d293b1482b7eb5e05b7408e898de7bd8d0c6a759c7457edc38cea720b360a006587db8b6263d7"
        "9e1ccc2f79bf5a4eafa6645af94ecadbfc011f1463c756c1bd8c47b90ede3651ce391a30555d0532553d",
        "f0fd67877668d945558eff4602a615d93b01d3907bcf79c335e346c4dafb39507577d92569bdf38d20ee0acb43c132563b3c"
        "453592c415789d158310f096c655fac60551817ec0689f451295e135b23810e7199e566c1c47ccaa1675f75b88c13950245a"
        "cb4ac3b8ea24fdc9ed55b061f863755e771ead2918b2d1b8fdf4811bece9128555ec4326260a260754ac4cd31bdca164357a"
        "165395c1790738d12143bb489978167d6f5a5b01c1c1198cdc28b79a95d890477fc9802367abdb0a7d25",
    ),
    4096: (
        "f484c55cdbb5dda375c6699ea47247c343f9c4f70b0b303a4a921a3c9b379bba5a2bea780ed92bb526f03ef311290c933ad6"
        "f4b328efd452ad8f784a9621119b16990752c995a33327ba4ea15d486d97bd643f7ff9960eb051cda6dae7fba73981c765f7"
        "5a1e9fe903503e2e1c64a21771b1e6850c8603a205cd96db79ed00b9c95cca7b4f190126283d97c15f81556607e7a4b4f802"
        "ceeecaa855ec9fc153052c2ac69b916db2a2ab018fc76d77edc22a3d059c87ef519178ca50dc7802aec81f38ba135abad8ee"
        "93080fd7bc48fc4908b03222ee5fa0abbbc17ee7cea2fdfcef323fe8268e374857d547b5fd62c5453cc3af89163adc2a0a90"
        "d99eb2a58ca1",
        "df896b230ac9cfab4225e604d8f11c037970f1a3e16a841fcd951a95376865e279ee1556911a2d86ce9b47ada22638c8a12a"
        "4828d263f5b11d6d9e2928c894d4efd059ebe3e15615e8f8e3cd167047f4d406c98111aeeebefa29587a0b87b78670c01339"
        "69941c112d85d41e2a161bd67b03611952dd6ed443edca64e8c502b3655d95d23f5b0f67968833f7970b5ce8f357e66a3459"
        "8e00cbe3818c2292514aa55afa330fee82794837928d3e7b3416a6e2caf883e1277a435577b6ab80ec3d1c5d09fcdd42a426"
        "8614d79426547746b60afad224c0275904b2be051d844d44f62476eeb663428174a19758c613f9b99fb4c7c2622e9be42444"
        "f2a79b3c6cdd",
    ),
}


def rsa_sizes() -> tuple[int, ...]:
    """The RSA key sizes, in bits, that there are primes for."""
    return tuple(_PRIMES)


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    """The emulator's RSA key of a size in ``rsa_sizes()``."""
    p, q = (int(text, 16) for text in _PRIMES[bits])
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(EXPONENT, p * q)
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    """The emulator's key on a curve of ``CURVES``."""
    scalar = int.from_bytes(sha256(f"auditor emulator only: {name}".encode()).digest()[:31], "big")
    return ec.derive_private_key(scalar, CURVES[name])
