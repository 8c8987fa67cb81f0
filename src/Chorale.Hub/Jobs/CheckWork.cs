using System.Text.Json;
using Chorale.Archive.Check;
using Chorale.Protocol;

namespace Chorale.Hub.Jobs;

/// <summary>Compares the archive's files with its index, as <c>chorale archive check</c> does.</summary>
internal sealed class CheckWork(HubParts hub, bool isQuick, bool isRepair) : IJobWork
{
    public JobKind Kind => JobKind.Check;

    public JobSubject Subject { get; } = new() { IsQuick = isQuick, IsRepair = isRepair };

    public string Unit => "files";

    /// <summary>Files without a row come on top, and are known when they are met.</summary>
    public long? Total { get; } = hub.Index.Read(c => Dapper.SqlMapper.ExecuteScalar<long>(c, "SELECT COUNT(*) FROM chunks"));

    public int? RateHz => null;

    public long EstimatedBytes => 1 << 20;

    public void Run(JobRun run, CancellationToken cancel)
    {
        var senders = hub.Access.Devices().Select(d => new KnownSender(d.DeviceId, d.PointId, d.RegisterId)).ToList();
        CheckReport report;
        try
        {
            report = new ArchiveCheck(hub.Index, hub.Store.Folder, senders).Run(!isQuick, isRepair, told =>
            {
                run.Total = Math.Max(Total ?? 0, told.Files);
                run.Report(told.Files, told.Bytes);
            }, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JobProblemException($"the archive could not be read to its end: {e.Message}", e);
        }

        run.Total = report.Files;
        run.Report(report.Files, run.Bytes);
        foreach (var finding in report.Findings) run.Found(new JobFinding(JsonNamingPolicy.SnakeCaseLower.ConvertName(finding.Problem.ToString()), finding.Path, finding.Detail, finding.Repaired));
        using var output = run.CreateFile();
        JsonSerializer.Serialize(output, new
        {
            at = WallTime.ToText(hub.Time.GetUtcNow()), files = report.Files, rows = report.Rows, with_content = !isQuick, repair = isRepair,
            findings = report.Findings.Select(f => new { problem = JsonNamingPolicy.SnakeCaseLower.ConvertName(f.Problem.ToString()), path = f.Path, detail = f.Detail, repaired = f.Repaired }),
        }, Indented);
        run.Complete(output, $"archive-check_{hub.Time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}.json", "application/json");
    }

    public void Dispose()
    {
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}
