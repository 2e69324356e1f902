//go:build e2e

package e2e

import (
	"testing"

	"hearth.dev/agent/internal/protocol"
)

// BenchmarkSealAndSeed seals a generation of 1 GB and begins another volume with it. Run it with -test.run=NONE
// -test.bench=SealAndSeed -test.benchtime=1x.
func BenchmarkSealAndSeed(b *testing.B) {
	for range b.N {
		s := newSite(b, 0)
		large := func(request protocol.DaemonRequest) protocol.DaemonRequest {
			request.ClaimKiB, request.KeepMB = 4<<20, 3000
			return request
		}
		p := s.start(large(seal("main", 1)))
		p.build(dockerfileLarge, mib(1000))
		sealed := p.stop().Sealed
		if sealed == nil {
			s.failf("nothing was sealed")
		}
		p = s.start(large(overlay("pr", "main", 1)))
		p.expect(p.build(dockerfileLarge, mib(1000)), 0, "")
		begun := p.stop().Begun
		if begun == nil {
			s.failf("it did not begin with the generation")
		}
		b.ReportMetric(float64(sealed.Millis)/1000, "s/seal")
		b.ReportMetric(float64(begun.Millis)/1000, "s/seed")
	}
}
