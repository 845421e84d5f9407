// Package storetest is the contract of the store as tests, for every backend
// alike. A backend's own test calls [Run].
package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Scale is how much is done where only many writers show a fault.
type Scale struct {
	Workers    int // writers at the same time
	Increments int // changes that each of them makes
}

// Run holds the backend that open gives to what [table.Backend] and
// [table.Store] promise. The tests run in parallel, each on an empty table that
// open gives it.
func Run(t *testing.T, scale Scale, open func(t *testing.T) table.Backend) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			backend := open(t)
			test.run(suite{backend, table.New(backend), scale}, t)
		})
	}
}

type suite struct {
	backend table.Backend
	store   *table.Store
	scale   Scale
}

var tests = []struct {
	name string
	run  func(suite, *testing.T)
}{
	{"ItemsAreReadBack", suite.itemsAreReadBack},
	{"ManyItemsAreReadInTheOrderAskedFor", suite.manyItemsAreReadInTheOrderAskedFor},
	{"QueryFollowsTheOrderOfSortKeys", suite.queryFollowsTheOrderOfSortKeys},
	{"PartitionsAreApart", suite.partitionsAreApart},
	{"QueryReadsALongPartitionWhole", suite.queryReadsALongPartitionWhole},
	{"ScanFindsEveryItemOfItsPartitionsOnce", suite.scanFindsEveryItemOfItsPartitionsOnce},
	{"ScanReadsALongTableWhole", suite.scanReadsALongTableWhole},

	{"WriteIsDoneOnlyIfItsConditionHolds", suite.writeIsDoneOnlyIfItsConditionHolds},
	{"AllConditionsOfAWriteHaveToHold", suite.allConditionsOfAWriteHaveToHold},
	{"RefusedWritesChangeNothingAndAreAllNamed", suite.refusedWritesChangeNothingAndAreAllNamed},
	{"UpdateChangesNamedAttributesOnly", suite.updateChangesNamedAttributesOnly},
	{"PutReplacesTheWholeItem", suite.putReplacesTheWholeItem},
	{"ThirtyItemsAreWrittenTogether", suite.thirtyItemsAreWrittenTogether},
	{"ConditionsHoldAmongManyWriters", suite.conditionsHoldAmongManyWriters},
	{"EachWriteIsDoneForItself", suite.eachWriteIsDoneForItself},
	{"NamesOfAttributesMayHoldAnything", suite.namesOfAttributesMayHoldAnything},
	{"NumbersAddUpAmongManyWriters", suite.numbersAddUpAmongManyWriters},

	{"DueItemsAreFoundEarliestFirst", suite.dueItemsAreFoundEarliestFirst},
	{"DueIndexFollowsTheItem", suite.dueIndexFollowsTheItem},
	{"StoreVisitsEverythingDueOnce", suite.storeVisitsEverythingDueOnce},
	{"IntegrationIsDueAsItsStateSays", suite.integrationIsDueAsItsStateSays},

	{"TimelineIsReadNewestFirst", suite.timelineIsReadNewestFirst},
	{"TimelineFollowsTheItem", suite.timelineFollowsTheItem},
	{"TimelineReadsManyLongItems", suite.timelineReadsManyLongItems},
	{"FactsOfAnAccountStandInOneTimeline", suite.factsOfAnAccountStandInOneTimeline},

	{"TransitionsAreReadBackAsCommitted", suite.transitionsAreReadBackAsCommitted},
	{"WindowEndIsTheRetiringTokensDeadline", suite.windowEndIsTheRetiringTokensDeadline},
	{"ScopesReachBothTokens", suite.scopesReachBothTokens},
	{"FirstUseStaysThroughEveryChange", suite.firstUseStaysThroughEveryChange},
	{"FirstUseIsMarkedOnce", suite.firstUseIsMarkedOnce},
	{"FactsAreReadNewestFirst", suite.factsAreReadNewestFirst},
	{"IntegrationsAreListedNewestFirst", suite.integrationsAreListedNewestFirst},
	{"LivingTokensAreCountedByPepper", suite.livingTokensAreCountedByPepper},
	{"DeadTokensAndReceiptsMayBeRemovedOnceTheirTimeIsOver", suite.deadTokensAndReceiptsMayBeRemoved},

	{"AnotherAccountFindsNothing", suite.anotherAccountFindsNothing},
	{"StaleChangeLeavesNothingBehind", suite.staleChangeLeavesNothingBehind},
	{"CancelFailsOnceTheNewTokenIsUsed", suite.cancelFailsOnceTheNewTokenIsUsed},
	{"ReceiptHoldsForADay", suite.receiptHoldsForADay},
	{"RefusalSaysWhatACallerHasToKnowFirst", suite.refusalSaysWhatACallerHasToKnowFirst},
	{"DeletedIntegrationsLeaveTheQuota", suite.deletedIntegrationsLeaveTheQuota},

	{"QuotaIsExactAmongManyWriters", suite.quotaIsExactAmongManyWriters},
	{"OneOfManyRotationsWins", suite.oneOfManyRotationsWins},
	{"NoChangeIsLostAmongManyWriters", suite.noChangeIsLostAmongManyWriters},

	{"AccountChangesAreReadBackAsCommitted", suite.accountChangesAreReadBackAsCommitted},
	{"AccountFactsAreReadInPages", suite.accountFactsAreReadInPages},
	{"ManyMembersAreAllListed", suite.manyMembersAreAllListed},
	{"MeetingAgainLeavesWhatIsPermitted", suite.meetingAgainLeavesWhatIsPermitted},
	{"StaleAccountChangeLeavesNothingBehind", suite.staleAccountChangeLeavesNothingBehind},
	{"DenialsAreCountedExactlyAmongManyWriters", suite.denialsAreCountedExactlyAmongManyWriters},
	{"OneOfManyAccountChangesWins", suite.oneOfManyAccountChangesWins},

	{"UseOfADeadTokenIsToldOnceInItsSpan", suite.useOfADeadTokenIsToldOnceInItsSpan},
	{"NoticesAreListedNewestFirstAndStayAsTheyAre", suite.noticesAreListedNewestFirstAndStayAsTheyAre},
	{"OnePersonIsToldByOneAndIfThatOneDiesByAnother", suite.onePersonIsToldByOneAndIfThatOneDiesByAnother},
	{"OneOfManyClaimsHolds", suite.oneOfManyClaimsHolds},

	{"UsageAddsUp", suite.usageAddsUp},
	{"UsageIsReadFromADayOn", suite.usageIsReadFromADayOn},
	{"UsageOfManyDaysIsReadWhole", suite.usageOfManyDaysIsReadWhole},
	{"LastUseOnlyMovesOn", suite.lastUseOnlyMovesOn},
	{"LastUseMovesOnThroughCancelledRotations", suite.lastUseMovesOnThroughCancelledRotations},
	{"UsageKeepsABoundedNumberOfNames", suite.usageKeepsABoundedNumberOfNames},
	{"UsageIsBoundedAndExactAmongManyWriters", suite.usageIsBoundedAndExactAmongManyWriters},

	{"DamagedItemsAreNamed", suite.damagedItemsAreNamed},
	{"DamagedUsageIsNamed", suite.damagedUsageIsNamed},
	{"WhatIsCommittedIsFoundWhole", suite.whatIsCommittedIsFoundWhole},
	{"TimelineOfOldFactsIsMadeUpFor", suite.timelineOfOldFactsIsMadeUpFor},
	{"DamagedAccountsAreNamed", suite.damagedAccountsAreNamed},
}

// fresh makes a name that nothing else in the table has.
func fresh(kind string) string { return kind + "-" + strings.ToLower(rand.Text()) }

func freshToken() token.ID { return token.ID(rand.Text()[:22]) }

var ids atomic.Int64

// freshID makes an integration's id. As with the real ones, later ids come
// later in their order.
func freshID() string { return fmt.Sprintf("%08d%s", ids.Add(1), rand.Text()[:18]) }

// eventually waits until diff has nothing more to tell, since an index may lag
// behind its items.
func eventually(t *testing.T, diff func() string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		d := diff()
		if d == "" {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal(d)
		}
	}
}
