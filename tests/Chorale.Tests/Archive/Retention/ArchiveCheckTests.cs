using Chorale.Archive.Check;
using Chorale.Archive.Index;
using Dapper;

namespace Chorale.Tests.Archive.Retention;

public sealed class ArchiveCheckTests
{
    private const long T0 = 1_767_614_400L * 1_000_000;

    [Fact]
    public async Task Files_without_rows_rows_without_files_and_changed_files_are_named()
    {
        await using var archive = await HubArchive.StartAsync(new TestLog());
        await archive.AddRunAsync("mic", T0, chunks: 4, secondsPerChunk: 1);
        var (index, folder) = (archive.Hub.Index, archive.Hub.Store.Folder);
        var rows = index.Read(c => c.Query<ChunkRow>("SELECT * FROM chunks ORDER BY start_us").AsList());
        Assert.True(new ArchiveCheck(index, folder, []).Run(true, false, null, CancellationToken.None).IsSound);

        File.Delete(Path.Combine(folder, rows[0].Path));
        index.Write((c, t) => c.Execute("DELETE FROM chunks WHERE chunk_id = @ChunkId", rows[1], t));
        var bytes = File.ReadAllBytes(Path.Combine(folder, rows[2].Path));
        bytes[^5] ^= 1;
        File.WriteAllBytes(Path.Combine(folder, rows[2].Path), bytes);

        var report = new ArchiveCheck(index, folder, []).Run(withContent: true, repair: false, null, CancellationToken.None);

        Assert.Equal(
            [(CheckProblem.FileMissing, rows[0].Path), (CheckProblem.RowMissing, rows[1].Path), (CheckProblem.Changed, rows[2].Path)],
            report.Findings.Select(f => (f.Problem, f.Path)).Order());
        Assert.False(report.IsSound);
    }
}
