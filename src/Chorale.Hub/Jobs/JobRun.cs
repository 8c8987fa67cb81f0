namespace Chorale.Hub.Jobs;

/// <summary>What a running job says of itself, and where it writes. Used by the job's thread.</summary>
/// <param name="folder">Of this job alone; what is in it and not named as the result is deleted at the end.</param>
/// <param name="space">Room on the disk as it is now.</param>
/// <param name="heard">Called after each report.</param>
internal sealed class JobRun(string folder, JobSpace space, Action<JobRun> heard)
{
    private readonly List<JobFinding> _findings = [];

    public long Done { get; private set; }

    public long? Total { get; set; }

    public long Bytes { get; private set; }

    public JobFile? File { get; private set; }

    public int FindingsTotal { get; private set; }

    public IReadOnlyList<JobFinding> Findings => [.. _findings];

    public void Report(long done, long bytes)
    {
        (Done, Bytes) = (done, bytes);
        heard(this);
    }

    public void Found(JobFinding finding)
    {
        FindingsTotal++;
        if (_findings.Count < JobLimits.FindingsMax) _findings.Add(finding);
    }

    /// <summary>The one file that stays.</summary>
    public JobOutput CreateFile() => new(Path.Combine(folder, JobFolder.Result), space);

    public void Complete(JobOutput output, string name, string contentType) => File = output.Complete(name, contentType);

    /// <summary>Written beside the result: what the export consists of.</summary>
    public void WriteManifest(byte[] json) => System.IO.File.WriteAllBytes(Path.Combine(folder, JobFolder.Manifest), json);
}
