package revision

import (
	"math/big"
	"strings"
)

// canonicalNumber returns a text that is equal for equal JSON numbers, however
// many digits they have and however they are spelt: the digits from the first
// to the last that is not 0, and the power of ten that they count.
func canonicalNumber(number string) string {
	rest, isNegative := strings.CutPrefix(number, "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(rest), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return "0"
	}
	// Exponents may be of any length too.
	power := new(big.Int)
	if exponent != "" {
		power.SetString(strings.TrimPrefix(exponent, "+"), 10)
	}
	power.Add(power, big.NewInt(int64(len(digits)-len(significant)-len(fraction))))
	sign := ""
	if isNegative {
		sign = "-"
	}
	return sign + significant + "e" + power.String()
}
